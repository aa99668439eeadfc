/**
 * `make bundle`: the kubectl plugin as one file that needs nothing but Node 24, with its completion, an archive of both
 * and the manifest by which krew installs it, in dist/. RELEASE_URL says where the archive will be published.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dump } from 'js-yaml';
import { type Plugin, rolldown } from 'rolldown';

const ROOT = path.dirname(import.meta.dirname);
const DIST = path.join(ROOT, 'dist');
const NAME = 'kubectl-steward';
const COMPLETION = 'kubectl_complete-steward';

const WORK = 'steward:work';
const LOAD_WORK = `
import { createRequire as requireFrom } from 'node:module';
import { Script } from 'node:vm';
async function loadWork() {
  const module = { exports: {} };
  new Script('(function(module,exports,require){' + WORK + '\\n})', { filename: '${NAME}' }).runInThisContext()(module, module.exports, requireFrom(import.meta.url));
  return module.exports;
}`;

const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { version: string };
const url = process.env['RELEASE_URL'] ?? `file://${path.join(DIST, `${NAME}.tar.gz`)}`;

rmSync(DIST, { recursive: true, force: true });
mkdirSync(DIST);
await bundle();
copyFileSync(path.join(ROOT, 'cli', COMPLETION), path.join(DIST, COMPLETION));
for (const file of [NAME, COMPLETION]) chmodSync(path.join(DIST, file), 0o755);
// Sorted, of nobody and without times: the same sources give the same archive.
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
 * Reading a megabyte of JavaScript takes Node 60 ms, which --help does not need: what commands do when they run is in the
 * file as a text, which is read when it is first needed.
 */
async function bundle(): Promise<void> {
  const commands = globSync('cli/run/!(*.test).ts', { cwd: ROOT }).map(
    (file) => `export * from ${JSON.stringify(path.join(ROOT, file))};`,
  );
  const work = await bundled(WORK, 'cjs', {
    name: 'work',
    resolveId: (id) => (id === WORK ? id : null),
    load: (id) => (id === WORK ? commands.join('\n') : null),
  });
  const frame = await bundled(path.join(ROOT, 'cli/main.ts'), 'esm', {
    name: 'frame',
    resolveId: (id) => (id.startsWith('../run/') ? { id: WORK, external: true } : null),
  });
  const [shebang = '', ...lines] = frame.replaceAll(/import\([`'"]steward:work[`'"]\)/g, 'loadWork()').split('\n');
  writeFileSync(
    path.join(DIST, NAME),
    [shebang, `const WORK=${JSON.stringify(work).replaceAll(/[^\x20-\x7e]/g, escaped)};`, LOAD_WORK, ...lines].join(
      '\n',
    ),
  );
}

/** With ASCII alone Node keeps the text in half the memory, and reads it in half the time. */
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
      shortDescription: 'Ask who may do what on any cluster, and why',
      description:
        'Asks the authorization of Steward: can-i, explain, who-can and what-can, over a hub cluster or over manifests before they are applied.',
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
