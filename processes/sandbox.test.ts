/** Runs a probe in a Node of its own, with the flags of the product's processes. It tries what an intruder would. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadAll } from 'js-yaml';
import * as z from 'zod';
import { PROCESS_NAMES } from '../api/installation.ts';
import { reachableFrom, readSources, runtimeGraph } from '../hack/checks/import-graph.ts';
import { APP, SERVICE_ACCOUNT } from './deployment.ts';
import { PROCESSES, TANZU_CONTROLLER } from './processes.ts';
import { filesNamedBy, permissionFlags } from './sandbox.ts';

const ROOT = path.dirname(import.meta.dirname);

/** JavaScript that must throw. `own` is a file that the process may read, `other` one beside it. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  'write a new file': `fs.writeFileSync(folder + '/new', 'x')`,
  'write its own kubeconfig': `fs.appendFileSync(own, '')`,
  'write its own code': `fs.appendFileSync(root + '/package.json', '')`,
  'create a folder': `fs.mkdirSync(folder + '/made')`,
  'delete a file': `fs.rmSync(other)`,
  'create a link to a file that it may not read': `fs.symlinkSync(other, folder + '/link')`,
  'start a program': `child.execFileSync('true')`,
  'start a program in the background': `child.spawn('true').on('error', () => {})`,
  'start a thread': `new worker.Worker('0', { eval: true })`,
  'load native code': `process.dlopen({ exports: {} }, folder + '/addon.node')`,
  'open the debugger': `new inspector.Session().connect()`,
  'read the users of the machine': `fs.readFileSync('/etc/passwd')`,
  'read the secrets of the machine': `fs.readFileSync('/etc/shadow')`,
  'read its own environment through the kernel': `fs.readFileSync('/proc/self/environ')`,
  "read another process's kubeconfig, in the same folder": `fs.readFileSync(other)`,
  'list the folder of its kubeconfig': `fs.readdirSync(folder)`,
  'read code that is not of the processes': `fs.readFileSync(root + '/processes/rbac.ts')`,
  'watch another file': `fs.watch(other).close()`,
};
const ALLOWED: Readonly<Record<string, string>> = {
  'read its kubeconfig': `fs.readFileSync(own)`,
  'watch its kubeconfig': `fs.watch(own).close()`,
  'read its code': `fs.readFileSync(root + '/runtime/process/process.ts')`,
  'read a library': `fs.readFileSync(root + '/node_modules/zod/package.json')`,
  'write to its log': `fs.writeSync(2, '')`,
};

let folder: string;
let probe: string;
before(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'steward-permission-'));
  mkdirSync(path.join(folder, 'probe'));
  probe = path.join(folder, 'probe/probe.mjs');
  for (const name of ['own', 'other']) writeFileSync(path.join(folder, name), 'secret');
  writeFileSync(probe, probeText());
});
after(() => rmSync(folder, { recursive: true, force: true }));

function probeText(): string {
  const values = { root: ROOT, folder, own: path.join(folder, 'own'), other: path.join(folder, 'other') };
  const tries = Object.entries({ ...FORBIDDEN, ...ALLOWED }).map(
    ([what, code]) => `attempt(${JSON.stringify(what)}, () => { ${code} });`,
  );
  return [
    `import fs from 'node:fs'; import child from 'node:child_process'; import worker from 'node:worker_threads'; import inspector from 'node:inspector';`,
    ...Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`),
    `const results = {}; const attempt = (what, run) => { try { run(); results[what] = 'done'; } catch (error) { results[what] = error.code; } };`,
    ...tries,
    `process.stdout.write(JSON.stringify(results));`,
  ].join('\n');
}

/** Returns the outcome of each attempt: `done`, or the code of the error. */
function tried(flags: readonly string[]): Record<string, string> {
  const output = execFileSync(process.execPath, [...flags, probe], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return z.record(z.string(), z.string()).parse(JSON.parse(output));
}

describe('a process with the flags', () => {
  const results = (): Record<string, string> =>
    tried([...permissionFlags(ROOT, [path.join(folder, 'own'), `${folder}/probe/`]), '--no-warnings']);

  test('is refused everything that it does not need', () => {
    const seen = results();
    assert.deepEqual(
      Object.keys(FORBIDDEN).map((what) => [what, seen[what]]),
      Object.keys(FORBIDDEN).map((what) => [what, refusal(what)]),
    );
  });
  test('may do what it needs', () => {
    const seen = results();
    assert.deepEqual(
      Object.keys(ALLOWED).map((what) => [what, seen[what]]),
      Object.keys(ALLOWED).map((what) => [what, 'done']),
    );
  });
  test('could do most of it without them, so the probe itself works', () => {
    const seen = tried(['--no-warnings']);
    for (const what of [
      'write a new file',
      'start a program',
      'start a thread',
      'read the users of the machine',
      'list the folder of its kubeconfig',
    ]) {
      assert.equal(seen[what], 'done', what);
    }
  });
});

function refusal(what: string): string {
  return what === 'load native code' ? 'ERR_DLOPEN_DISABLED' : 'ERR_ACCESS_DENIED';
}

describe('the flags', () => {
  test('of every Deployment are those of the local stack, with the paths of a pod', () => {
    for (const { main, access } of PROCESSES) {
      const args = argsOf(access.name);
      const own = access.name === PROCESS_NAMES.authorizer ? ['/etc/steward/tls/'] : [];
      const flags = permissionFlags(APP, [SERVICE_ACCOUNT, ...own]);
      assert.deepEqual(args.slice(0, flags.length + 1), [...flags, main], access.name);
    }
  });
  test('allow reading the files in the arguments and in the kubeconfig', () => {
    const kubeconfig = path.join(folder, 'kubeconfig');
    const user = {
      'auth-provider': { name: 'tokenFile', config: { tokenFile: '/var/token' } },
      'client-key': 'client.key',
    };
    writeFileSync(
      kubeconfig,
      JSON.stringify({ clusters: [{ cluster: { 'certificate-authority': '/etc/ca.crt' } }], users: [{ user }] }),
    );
    assert.deepEqual(
      filesNamedBy([
        `--kubeconfig=${kubeconfig}`,
        '--tls-key-file=/etc/tls.key',
        '--health-address=127.0.0.1:0',
        '--log-level=debug',
      ]),
      [kubeconfig, '/etc/tls.key', '/etc/ca.crt', '/var/token', path.join(folder, 'client.key')],
    );
  });
  test('ignore the content of a kubeconfig that is missing or malformed', () => {
    writeFileSync(path.join(folder, 'broken'), '{');
    assert.deepEqual(filesNamedBy([`--kubeconfig=${folder}/broken`, `--kubeconfig=${folder}/absent`]), [
      `${folder}/broken`,
      `${folder}/absent`,
    ]);
  });
});

describe('the folders that a process may read', () => {
  const sources = readSources(ROOT);
  const folders = permissionFlags(ROOT, [])
    .map((flag) => flag.replace(`--allow-fs-read=${ROOT}/`, ''))
    .filter((each) => each.endsWith('/') && each !== 'node_modules/');
  const graph = runtimeGraph(sources);
  const loaded = new Map(
    [...PROCESSES, TANZU_CONTROLLER].map(({ main }) => [main, [main, ...reachableFrom([main], graph)]]),
  );

  for (const [main, files] of loaded) {
    test(`hold every file that ${main} imports`, () => {
      assert.ok(files.length > 10, 'the imports are found');
      assert.deepEqual(
        files.filter((file) => !folders.some((folder) => file.startsWith(folder))),
        [],
      );
    });
  }
  for (const folder of folders) {
    test(`include ${folder} because a process imports from it`, () => {
      assert.ok([...loaded.values()].flat().some((file) => file.startsWith(folder)));
    });
  }
  test('include node_modules/ because a process imports packages', () => {
    const packages = [...loaded.values()].flat().flatMap((file) => sources.get(file)?.packages ?? []);
    assert.ok(packages.some((name) => !name.startsWith('node:')));
  });
});

const deployment = z.object({
  kind: z.literal('Deployment'),
  spec: z.object({
    template: z.object({ spec: z.object({ containers: z.tuple([z.object({ args: z.array(z.string()) })]) }) }),
  }),
});

function argsOf(name: string): string[] {
  const file =
    name === PROCESS_NAMES.authorizer ? 'config/authorizer/deployment.yaml' : `config/controllers/${name}.yaml`;
  return deployment.parse(loadAll(readFileSync(path.join(ROOT, file), 'utf8'))[0]).spec.template.spec.containers[0]
    .args;
}
