/**
 * Imports point one way: api ← rules ← engine ← authorizer ← upgrades, casbin, cli; api, rules, runtime ← controllers; controllers never import
 * each other. And what is to be pure imports nothing that reaches the world. Fails with each import that breaks this.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { globSync } from 'node:fs';

const ROOT = path.dirname(import.meta.dirname);

/** The CLI translates manifests with the controllers' own code. */
const TRANSLATORS = ['policy', 'role', 'group', 'project-policy-binding', 'grant'].map((kind) => `controllers/${kind}`);

/** What the files of a folder may import, beside their own folder. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: [],
  rules: ['api'],
  engine: ['api', 'rules'],
  runtime: ['api'],
  controlplane: [],
  members: ['api', 'runtime', 'controlplane'],
  providers: ['api', 'runtime', 'controlplane', 'members'],
  'controllers/rule-owner': ['api', 'rules', 'runtime'],
  'controllers/cluster': ['api', 'runtime', 'controlplane', 'members', 'providers', 'upgrades'],
  'controllers/cluster-health': ['api', 'runtime', 'members'],
  'controllers/tanzu-cluster': ['api', 'runtime', 'providers'],
  controllers: ['api', 'rules', 'runtime', 'controllers/rule-owner'],
  authorizer: ['api', 'rules', 'engine', 'runtime'],
  upgrades: ['api', 'rules', 'engine', 'authorizer', 'providers'],
  casbin: ['api', 'rules', 'engine', 'runtime'],
  cli: ['api', 'rules', 'engine', 'runtime', 'controlplane', 'authorizer', 'upgrades', 'members', 'controllers/rule-owner', ...TRANSLATORS],
};

/** Files that turn data into data: no client, clock, environment or log. */
const PURE = [/^rules\//, /^engine\//, /^upgrades\//, /\/translate\.ts$/, /\/gather\.ts$/, /^controllers\/rule-owner\/(translation|references|find|status-of)\.ts$/, /^controllers\/cluster\/(plan|preflight|status-of|ignored-fields)\.ts$/, /^controllers\/cluster-health\/(judge|seen|settings)\.ts$/, /^controllers\/tanzu-cluster\/(translate-tanzu|translate-cluster-api|resolve-version|fields|mark|status-of)\.ts$/, /^providers\/(goal|version)\.ts$/, /^providers\/cluster-api\/(manifest|observed|progress)\.ts$/, /^members\/(credential|problem)\.ts$/, /^authorizer\/(attributes|authorize|projects|reasons|requester|review|vocabulary|webhook|cluster-scoped)\.ts$/];
const IMPURE_TEXT = /\b(Date\.now|process\.|new Date\(\)|fetch\(|console\.)/;
/** Of the runtime, what is pure itself. */
const PURE_RUNTIME = ['runtime/loop/conditions.ts', 'runtime/cache/store.ts', 'runtime/client/parse-yaml.ts'];

const problems = globSync(['{api,rules,engine,runtime,controlplane,members,providers,controllers,authorizer,upgrades,casbin,cli}/**/*.ts'], { cwd: ROOT })
  .filter((file) => !file.endsWith('.test.ts'))
  .flatMap((file) => problemsOf(file, readFileSync(path.join(ROOT, file), 'utf8')));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function problemsOf(file: string, text: string): string[] {
  const imports = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, target = '']) => path.join(path.dirname(file), target));
  const own = folderOf(file);
  const wrong = imports
    .filter((target) => folderOf(target) !== own && !allowed(own).includes(areaOf(target)))
    .map((target) => `${file} imports ${target}: ${own} may import only ${allowed(own).join(', ') || 'itself'}`);
  if (!PURE.some((pattern) => pattern.test(file))) return wrong;
  const impure = imports.filter((target) => target.startsWith('runtime/') && !PURE_RUNTIME.includes(target) && !isTypeImport(text, target, file));
  return [
    ...wrong,
    ...impure.map((target) => `${file} imports ${target}, and is to be pure`),
    ...(IMPURE_TEXT.test(text) ? [`${file} uses ${IMPURE_TEXT.exec(text)?.[0] ?? ''}, and is to be pure`] : []),
  ];
}

function isTypeImport(text: string, target: string, file: string): boolean {
  const relative = path.relative(path.dirname(file), target);
  const given = relative.startsWith('.') ? relative : `./${relative}`;
  return text.includes('import type') && new RegExp(`import type [^;]*from '${given.replaceAll('.', '\\.')}'`).test(text);
}

/** The folder whose files may import each other: each controller has its own. */
function folderOf(file: string): string {
  const [top = '', second = ''] = file.split('/');
  return top === 'controllers' ? `${top}/${second}` : top;
}

function areaOf(file: string): string {
  return folderOf(file).startsWith('controllers/') ? folderOf(file) : (file.split('/')[0] ?? '');
}

function allowed(folder: string): readonly string[] {
  return MAY_IMPORT[folder] ?? MAY_IMPORT[folder.split('/')[0] ?? ''] ?? [];
}
