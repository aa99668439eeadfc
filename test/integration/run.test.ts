/** `make run` as a user sees it: both acts, restarts of processes that die, and Ctrl-C. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { findBinaries } from '../../clusters/controlplane/binaries.ts';
import { COMPONENTS } from '../../clusters/controlplane/release.ts';
import { eventually } from '../support/eventually.ts';

const directory = await mkdtemp(path.join(tmpdir(), 'steward-run-'));
const runs: ChildProcess[] = [];
after(async () => {
  for (const run of runs) run.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});
const programs = await findBinaries();

interface Run {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
  /** Resolves when the output contains `text`; fails when the run exits before. */
  shows(text: string): Promise<void>;
}

function start(folder: string, env: NodeJS.ProcessEnv): Run {
  const run = spawn(
    process.execPath,
    [path.join(import.meta.dirname, '../../hack/local/run.ts'), `--directory=${folder}`],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1', ...env } },
  );
  runs.push(run);
  let output = '';
  for (const stream of [run.stdout, run.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const exited = new Promise<number | null>((resolve) => run.once('close', resolve));
  return {
    process: run,
    output: () => output,
    exited,
    shows: async (text) => {
      const shown = new Promise<true>((resolve) => {
        const look = (): void => void (output.includes(text) && resolve(true));
        for (const stream of [run.stdout, run.stderr]) stream.on('data', look);
        look();
      });
      assert.equal(await Promise.race([shown, exited]), true, output);
    },
  };
}

interface Started {
  readonly pid: number;
  readonly command: string;
}

/** Returns the processes with the folder in their command line: everything that the run has started. */
async function processesOf(folder: string): Promise<Started[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => ({
      pid: Number(pid),
      command: await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    })),
  );
  return found.filter(({ command }) => command.includes(folder));
}

function kubectl(folder: string, ...args: string[]): Promise<string> {
  const [program = '', ...first] = programs.kubectl;
  const kubeconfig = path.join(folder, 'controlplane/admin.kubeconfig');
  const child = spawn(program, [...first, `--kubeconfig=${kubeconfig}`, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  return new Promise((resolve) => child.once('close', () => resolve(output.trim())));
}

test('make run plays both acts, keeps running, restarts a killed controller, and leaves no process after Ctrl-C', async () => {
  const folder = path.join(directory, 'complete');
  const run = start(folder, { ONCE: '' });
  await run.shows('/readyz\n');
  await run.shows('steward-authorizer  ');
  assert.match(run.output(), /26 questions: every answer is as expected/);
  assert.match(run.output(), /16 commands: every command ended as expected/);
  // The run itself, etcd, kube-apiserver, kube-controller-manager, and nine processes; nothing of the deleted cluster.
  assert.equal((await processesOf(folder)).length, 13);

  const isController = ({ command }: Started): boolean => command.includes('controllers/group/main.ts');
  const killed = (await processesOf(folder)).find(isController);
  assert.ok(killed);
  process.kill(killed.pid, 'SIGKILL');
  await run.shows('steward-group-controller restarted');
  const log = path.join(folder, 'steward-group-controller.log');
  assert.ok(
    run.output().includes(`steward-group-controller was killed by SIGKILL; restarting it in 1 s (log: ${log})`),
  );
  assert.notEqual((await processesOf(folder)).find(isController)?.pid, killed.pid);
  // The new process leads once the Lease of the killed one has run out.
  await kubectl(
    folder,
    'patch',
    'group',
    'grp-acme-shop-leads',
    '--type=merge',
    '-p',
    '{"spec": {"users": [{"id": "zoe"}]}}',
  );
  const question = ['auth', 'can-i', 'create', 'deployments', '-n', 'shop-dev', '--as-group', 'tenant:acme', '--as'];
  await eventually('zoe may deploy', async () => (await kubectl(folder, ...question, 'zoe')) === 'yes', 60_000);
  assert.match(await kubectl(folder, ...question, 'bob'), /^no\b/);

  run.process.kill('SIGINT');
  assert.equal(await run.exited, 130);
  assert.deepEqual(await processesOf(folder), []);
});

test('make run plays the first act with one Kubernetes version, and says why there is no second act if the other is missing', async () => {
  const folder = path.join(directory, 'one-version');
  const at = (...names: string[]): string => path.join(folder, ...names);
  for (const name of ['assets', 'bin']) await mkdir(at(name), { recursive: true });
  for (const component of COMPONENTS) {
    const script = `#!/bin/sh\nexec ${programs[component].join(' ')} "$@"\n`;
    await writeFile(at('assets', component), script, { mode: 0o755 });
  }
  // A stub of Go: it builds nothing.
  await writeFile(at('bin', 'go'), '#!/bin/sh\n[ "$1" != build ] || { echo "no compiler today" >&2; exit 1; }\n', {
    mode: 0o755,
  });
  const run = start(at('data'), {
    ONCE: '1',
    KUBEBUILDER_ASSETS: at('assets'),
    XDG_CACHE_HOME: at('cache'),
    STEWARD_DOWNLOAD: 'off',
    PATH: `${at('bin')}:${process.env['PATH']}`,
  });
  assert.equal(await run.exited, 1);
  assert.match(run.output(), /getting Kubernetes v1\.\d+\.\d+ for the second act in the background/);
  assert.match(run.output(), /26 questions: every answer is as expected/);
  assert.doesNotMatch(run.output(), /restarting/, 'a process that ends with the run is not restarted');
  assert.match(run.output(), /There is no second act: go build failed:\nno compiler today/);
  assert.deepEqual(await processesOf(folder), []);
});
