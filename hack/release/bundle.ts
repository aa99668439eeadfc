/**
 * `make bundle`: writes to dist/ the kubectl plugin as one file that needs only Node 24, its completion, an archive of
 * both, and the manifest with which krew installs it. RELEASE_URL is where the archive will be published.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dump } from 'js-yaml';
import { type Plugin, rolldown } from 'rolldown';

const ROOT = path.join(import.meta.dirname, '../..');
const DIST = path.join(ROOT, 'dist');
const NAME = 'kubectl-steward';
const COMPLETION = 'kubectl_complete-steward';

/** The scheme of the modules that are compiled on demand. */
const ON_DEMAND = 'on-demand:';
const LOAD_MODULE = `
import { createRequire as requireFrom } from 'node:module';
import { Script } from 'node:vm';
let loaded;
function compile() {
  const module = { exports: {} };
  new Script('(function(module,exports,require){' + MODULES + '\\n})', { filename: '${NAME}' }).runInThisContext()(module, module.exports, requireFrom(import.meta.url));
  return module.exports;
}
async function loadModule(name) {
  return (loaded ??= compile())[name];
}`;

const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
const url = process.env['RELEASE_URL'] ?? `file://${path.join(DIST, `${NAME}.tar.gz`)}`;

rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST);
await bundle();
copyFileSync(path.join(ROOT, 'cli', COMPLETION), path.join(DIST, COMPLETION));
for (const file of [NAME, COMPLETION]) chmodSync(path.join(DIST, file), 0o755);
// Sorted, without owners and times: the same sources give the same archive.
execFileSync(
  'tar',
  [
    '--create',
    '--gzip',
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--mtime=@0',
    `--file=${NAME}.tar.gz`,
    NAME,
    COMPLETION,
  ],
  { cwd: DIST },
);
writeFileSync(
  path.join(DIST, 'steward.yaml'),
  dump(
    krewPlugin(
      createHash('sha256')
        .update(readFileSync(path.join(DIST, `${NAME}.tar.gz`)))
        .digest('hex'),
    ),
  ),
);
console.log(`dist/${NAME}, dist/${COMPLETION}, dist/${NAME}.tar.gz, dist/steward.yaml (krew)`);

/**
 * Node takes 60 ms to compile a megabyte of JavaScript, which --help does not need. So the file has two halves: the
 * frame, which is cli/main.ts with what it imports statically, and the modules that the frame imports when a command
 * runs. The second half is a string, compiled on the first such import.
 */
async function bundle(): Promise<void> {
  const onDemand = new Set<string>();
  const frame = await bundled(path.join(ROOT, 'cli/main.ts'), 'esm', {
    name: 'frame',
    async resolveId(id, importer, { kind }) {
      if (kind !== 'dynamic-import' || id.startsWith('node:')) return null;
      const module = (await this.resolve(id, importer))?.id;
      if (module === undefined) throw new Error(`${importer} imports ${id}, which does not exist`);
      onDemand.add(module);
      return { id: ON_DEMAND + path.relative(ROOT, module), external: true };
    },
  });
  // Sorted: the order in which imports are resolved varies.
  const exports = [...onDemand]
    .sort()
    .map((module) => `export * as ${JSON.stringify(path.relative(ROOT, module))} from ${JSON.stringify(module)};`);
  const modules = await bundled(ON_DEMAND, 'cjs', {
    name: 'on-demand',
    resolveId: (id) => (id === ON_DEMAND ? id : null),
    load: (id) => (id === ON_DEMAND ? exports.join('\n') : null),
  });
  const [shebang = '', ...lines] = frame
    .replaceAll(/import\([`'"]on-demand:([^`'"]+)[`'"]\)/g, (_, module) => `loadModule(${JSON.stringify(module)})`)
    .split('\n');
  const text = JSON.stringify(modules).replaceAll(/[^\x20-\x7e]/g, escaped);
  writeFileSync(path.join(DIST, NAME), [shebang, `const MODULES=${text};`, LOAD_MODULE, ...lines].join('\n'));
}

/** Node stores a string of ASCII in half the memory, and reads it in half the time. */
function escaped(character: string): string {
  return String.raw`\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

async function bundled(input: string, format: 'esm' | 'cjs', plugin: Plugin): Promise<string> {
  const build = await rolldown({ input, platform: 'node', logLevel: 'warn', plugins: [plugin] });
  const { output } = await build.generate({ format, minify: true, codeSplitting: false });
  await build.close();
  return output[0].code;
}

function krewPlugin(sha256: string): object {
  return {
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: 'steward' },
    spec: {
      version: `v${version}`,
      shortDescription: 'Show who may do what on any cluster, and why',
      description:
        'Answers questions about permissions (can-i, explain, who-can, what-can) on a hub, or in manifests before they are applied. Creates and changes member clusters.',
      caveats: 'Needs Node.js 24 on the PATH.',
      platforms: [
        {
          selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['linux', 'darwin'] }] },
          uri: url,
          sha256,
          bin: NAME,
        },
      ],
    },
  };
}
