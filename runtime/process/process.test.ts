/**
 * A child process with runProcess is stopped, fails, or gets wrong flags. The API server is a
 * loopback stub with one kind and one Lease.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

interface Lease {
  readonly metadata: object;
  readonly spec: { readonly holderIdentity: string };
}

let lease: Lease | undefined;
let watching: ServerResponse | undefined;
const stub = createServer((request, response) => {
  if (request.url?.includes('watch=true') === true) watching = response;
  else void answerLease(request, response);
});

async function answerLease(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (request.method !== 'GET') lease = JSON.parse(Buffer.concat(chunks).toString()) as Lease;
  if (lease === undefined) response.writeHead(404).end('{"reason":"NotFound"}');
  else response.end(JSON.stringify({ ...lease, metadata: { ...lease.metadata, resourceVersion: '1' } }));
}

const folder = mkdtempSync(path.join(tmpdir(), 'process-'));
const kubeConfig = path.join(folder, 'kubeconfig');
before(async () => {
  await new Promise<void>((resolve) => void stub.listen(0, '127.0.0.1', resolve));
  writeFileSync(
    kubeConfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      // client-node takes a server without TLS only so.
      clusters: [
        {
          name: 'stub',
          cluster: {
            server: `http://127.0.0.1:${(stub.address() as AddressInfo).port}`,
            'insecure-skip-tls-verify': true,
          },
        },
      ],
      users: [{ name: 'me', user: { token: 'secret-token' } }],
      contexts: [{ name: 'x', context: { cluster: 'stub', user: 'me' } }],
      'current-context': 'x',
    }),
  );
});
beforeEach(() => {
  lease = undefined;
  watching = undefined;
});
after(() => {
  stub.closeAllConnections();
  stub.close();
  rmSync(folder, { recursive: true });
});

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly time: string;
  readonly logger: string;
  readonly address?: string;
}

/** A process under test with what it said so far. */
class Child {
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  stdout = '';
  stderr = '';

  /** `setup` is the body of the process's setup, in JavaScript, with `context` and `sleep` at hand. */
  constructor(setup: string, ...args: string[]) {
    const module = new URL('process.ts', import.meta.url).href;
    const code = `import { setTimeout as sleep } from 'node:timers/promises';
      import { runProcess } from ${JSON.stringify(module)};
      await runProcess({ name: 'probe', leaderElection: true, setup: async (context) => { ${setup} } });`;
    // The word after -- stands where the name of a script stands.
    this.process = spawn(process.execPath, ['--input-type=module', '-e', code, '--', 'main', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.process, 'close').then(([code]: unknown[]) => code);
  }

  lines(): Line[] {
    return this.stderr
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }

  /** Waits for a line of the log. */
  async said(message: string): Promise<Line> {
    return until(
      () => this.lines().find(({ msg }) => msg === message),
      () => `${message} in ${this.stderr}`,
    );
  }
}

async function until<T>(find: () => T | undefined, what: () => string): Promise<T> {
  let found = find();
  for (let i = 0; i < 3_000 && found === undefined; i++) {
    await sleep(10);
    found = find();
  }
  assert.ok(found !== undefined, `waited in vain for ${what()}`);
  return found;
}

/** Runs a test with a child, and leaves none behind when it fails. */
async function withChild(child: Child, use: (child: Child) => Promise<void>): Promise<void> {
  try {
    await use(child);
  } finally {
    child.process.kill('SIGKILL');
    await child.ended;
  }
}

const WATCHING = `
  const resource = { group: 'test.io', version: 'v1', kind: 'Thing', plural: 'things', namespaced: false };
  context.informer(resource);`;
const UNTIL_ABORTED = `await new Promise((resolve) => signal.addEventListener('abort', resolve));`;

describe('wrong usage', () => {
  test('an unknown flag is named in one line, with exit code 2', () =>
    withChild(new Child('return {}', '--bogus'), async (child) => {
      assert.equal(await child.ended, 2);
      assert.match(child.stderr, /^probe: [^\n]*--bogus[^\n]*\n$/);
    }));

  test('a missing kubeconfig is named in one line, with exit code 1', () =>
    withChild(new Child('return {}', '--kubeconfig=/nowhere/at/all'), async (child) => {
      assert.equal(await child.ended, 1);
      assert.match(child.stderr, /^probe: [^\n]*\/nowhere\/at\/all[^\n]*\n$/);
    }));

  test('--help goes to stdout, with exit code 0', () =>
    withChild(new Child('return {}', '--help'), async (child) => {
      assert.equal(await child.ended, 0);
      assert.match(child.stdout, /--kubeconfig=FILE/);
      assert.equal(child.stderr, '');
    }));
});

describe('a process', () => {
  test('is ready when its caches are filled, not before', () =>
    withChild(new Child(`${WATCHING} return {}`, `--kubeconfig=${kubeConfig}`, '--no-leader-elect'), async (child) => {
      const { address } = await child.said('serving health and metrics');
      const readyz = async (): Promise<{ status: number; text: string }> => {
        const response = await fetch(`http://${address}/readyz`);
        return { status: response.status, text: await response.text() };
      };
      const connection = await until(
        () => watching,
        () => 'a watch',
      );
      const early = await readyz();
      assert.equal(early.status, 503);
      assert.match(early.text, /things/);
      connection.write(
        `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { name: '', resourceVersion: '5', annotations: { 'k8s.io/initial-events-end': 'true' } } } })}\n`,
      );
      while ((await readyz()).status !== 200) await sleep(10);
      child.process.kill('SIGTERM');
      assert.equal(await child.ended, 0);
    }));

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`stopped by ${signal} finishes its work, releases the Lease and exits with 0`, () =>
      withChild(
        new Child(
          `return {
            async run(signal) { context.log.info('working'); ${UNTIL_ABORTED} await sleep(100); context.log.info('finished'); },
            async stop() { context.log.info('ended what setup began'); },
          }`,
          `--kubeconfig=${kubeConfig}`,
        ),
        async (child) => {
          await child.said('working');
          assert.match(lease?.spec.holderIdentity ?? '', /./);
          child.process.kill(signal);
          assert.equal(await child.ended, 0);
          assert.equal(lease?.spec.holderIdentity, '');
          assert.deepEqual(
            child
              .lines()
              .map(({ msg }) => msg)
              .slice(-4),
            ['stopping', 'finished', 'ended what setup began', 'stopped'],
          );
        },
      ));
  }

  const FAILS: Record<string, string> = {
    'whose setup fails ends with 1': `throw new Error('no good')`,
    'whose work fails ends with 1': `return { async run() { throw new Error('no good') } }`,
    'with an unhandled rejection exits with 1': `return { async run(signal) { void Promise.reject(new Error('no good')); ${UNTIL_ABORTED} } }`,
  };
  for (const [name, setup] of Object.entries(FAILS)) {
    test(name, () =>
      withChild(new Child(setup, `--kubeconfig=${kubeConfig}`, '--no-leader-elect'), async (child) => {
        assert.equal(await child.ended, 1);
        assert.equal(child.lines().filter(({ level }) => level === 'error').length, 1);
      }),
    );
  }

  test('logs JSON on stderr, and never its token', () =>
    withChild(new Child('return {}', `--kubeconfig=${kubeConfig}`, '--log-level=debug'), async (child) => {
      await child.said('became leader');
      child.process.kill('SIGTERM');
      await child.ended;
      for (const { level, time, logger } of child.lines()) {
        assert.ok(['debug', 'info', 'error'].includes(level));
        assert.equal(new Date(time).toISOString(), time);
        assert.equal(logger, 'probe');
      }
      assert.ok(!child.stderr.includes('secret-token'));
      assert.equal(child.stdout, '');
    }));
});
