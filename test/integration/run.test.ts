/** `make run` as a person uses it: it comes up, shows the table and the life of a cluster, stays, and Ctrl-C leaves nothing behind. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

const directory = await mkdtemp(path.join(tmpdir(), 'steward-run-'));
after(() => rm(directory, { recursive: true, force: true }));

/** The processes whose command line names the directory: everything that the run has started. */
async function started(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(directory));
}

test('comes up, answers, stays, and ends without a trace', { timeout: 400_000 }, async () => {
  const run = spawn(
    process.execPath,
    [path.join(import.meta.dirname, '../../hack/local/run.ts'), '--directory', directory],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ONCE: '', NO_COLOR: '1' },
    },
  );
  let output = '';
  for (const stream of [run.stdout, run.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const exited = new Promise<number | null>((resolve) => run.once('exit', resolve));
  const up = new Promise<void>((resolve) =>
    run.stdout.on('data', () => output.includes('/readyz\n  steward-authorizer') && resolve()),
  );
  await Promise.race([up, exited]);
  assert.match(output, /26 questions: every answer is right/);
  assert.match(output, /the cluster: everything went as it should/);
  assert.match(output, /Everything stays up until Ctrl-C/);
  // The run itself, etcd, kube-apiserver, kube-controller-manager, and nine processes; nothing of the cluster.
  assert.equal((await started()).length, 13);
  run.kill('SIGINT');
  assert.equal(await exited, 130);
  assert.deepEqual(await started(), []);
});
