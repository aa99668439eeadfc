/**
 * A revocation has taken effect when the object says so: the finalizer of a deleted grant is removed, and a changed one
 * is Ready again, only after every live authorizer replica decides by it. Probes ask each replica every ten
 * milliseconds.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Grant, grants } from '../../api/auth/grant.ts';
import { type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { AUTHORIZER } from '../../processes/processes.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { Prober, replicaTargets } from '../support/decision-prober.ts';
import { eventually } from '../support/eventually.ts';
import { reviewBody } from '../support/webhook-client.ts';

const STALENESS_S = 6;

let directory: string;
let stack: Stack;
let client: Client;
let ports: number[];
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-revocation-'));
  stack = await startStack({ directory });
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
  const others = await Promise.all(
    [2, 3].map((nth) => stack.start(AUTHORIZER, [`--max-staleness=${STALENESS_S}`], nth)),
  );
  await Promise.all(others.map((running) => untilReady(running)));
  ports = [stack.webhookPort, ...others.map(({ webhookPort = 0 }) => webhookPort)];
  await stack.kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({
      apiVersion: 'auth.tkestack.io/v1',
      kind: 'Policy',
      metadata: { name: 'pol-pods' },
      spec: { tenantID: 'acme', statement: { actions: ['getPod'], resources: ['*'], effect: 'allow' } },
    }),
  );
});
after(async () => {
  await client?.close();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const question = reviewBody({
  user: 'ann',
  groups: ['tenant:acme'],
  resourceAttributes: { verb: 'get', version: 'v1', resource: 'pods', namespace: 'dev', name: 'web' },
});

function grant(name: string, users: readonly string[]): Grant {
  return {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Grant',
    metadata: { name },
    spec: { tenantID: 'acme', scope: 'platform', policies: ['pol-pods'], users: users.map((id) => ({ id })) },
  };
}

/** Creates a grant and waits until every replica allows. */
async function granted(name: string): Promise<Prober> {
  await client.create(grants, grant(name, ['ann', 'ben']));
  const prober = new Prober(await replicaTargets(stack, ports, question));
  await eventually('every replica allows', () =>
    Promise.resolve(ports.every((port) => prober.last(String(port)) === 'allow')),
  );
  return prober;
}

async function untilGone(name: string, limitMs = 20_000): Promise<number> {
  await eventually(`${name} is gone`, async () => (await client.get(grants, { name })) === undefined, limitMs);
  return performance.now();
}

const readyOf = async (name: string): Promise<{ generation: number | undefined; reason: string } | undefined> => {
  const { status, metadata } = (await client.get(grants, { name })) ?? {};
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready === undefined
    ? undefined
    : {
        generation: ready.observedGeneration === metadata?.generation ? metadata?.generation : undefined,
        reason: ready.reason,
      };
};

describe('no authorizer replica allows what was revoked', () => {
  test('once a deleted grant is gone', async () => {
    for (let i = 0; i < 10; i++) {
      const prober = await granted(`gnt-deleted-${i}`);
      await client.delete(grants, { name: `gnt-deleted-${i}` });
      const goneAt = await untilGone(`gnt-deleted-${i}`);
      await sleep(300);
      await prober.stop();
      assert.deepEqual(prober.allowsAfter(goneAt), []);
    }
  });

  test('once a changed grant is Ready', async () => {
    for (let i = 0; i < 5; i++) {
      const name = `gnt-changed-${i}`;
      const prober = await granted(name);
      const { metadata } = await client.patch(
        grants,
        { name },
        { type: 'merge', body: { spec: { users: [{ id: 'ben' }] } } },
      );
      await eventually('the grant is Ready again', async () => {
        const ready = await readyOf(name);
        return ready?.reason === 'Translated' && ready.generation === metadata.generation;
      });
      const readyAt = performance.now();
      await sleep(300);
      await prober.stop();
      assert.deepEqual(prober.allowsAfter(readyAt), []);
      await client.delete(grants, { name });
      await untilGone(name);
    }
  });

  test('when a replica is paused: the grant waits for it a limited time, and it gives no stale answer when it resumes', async () => {
    const [, stopped] = [...stack.processes.entries()].find(([name]) => name === 'steward-authorizer-3') ?? [];
    assert.ok(stopped);
    const prober = await granted('gnt-paused');
    stopped.child.kill('SIGSTOP');
    await client.delete(grants, { name: 'gnt-paused' });
    await eventually(
      'the grant has the reason Propagating',
      async () => (await readyOf('gnt-paused'))?.reason === 'Propagating',
    );
    const goneAt = await untilGone('gnt-paused', (STALENESS_S + 10) * 1_000);
    await sleep(1_000);
    const resumedAt = performance.now();
    stopped.child.kill('SIGCONT');
    await eventually('the resumed replica decides by the new Rules', () =>
      Promise.resolve(prober.last(String(stopped.webhookPort)) === 'other'),
    );
    await prober.stop();
    assert.deepEqual(prober.allowsAfter(goneAt), []);
    // Requests that were sent during the pause get no stale answer either.
    assert.deepEqual(
      prober.probes.filter(({ answeredAt, answer }) => answer === 'allow' && answeredAt > resumedAt),
      [],
    );
  });
});

describe('a grant with an end', () => {
  test('ends at its time, even if every controller is paused', async () => {
    const name = 'gnt-ends';
    // Whole seconds, as users write them.
    const endsAt = Math.ceil(Date.now() / 1_000) * 1_000 + 4_000;
    const { spec, ...object } = grant(name, ['ann']);
    await client.create(grants, {
      ...object,
      spec: { ...spec, notAfter: new Date(endsAt).toISOString().replace('.000Z', 'Z') },
    });
    const prober = new Prober(await replicaTargets(stack, ports, question));
    await eventually('every replica allows', () =>
      Promise.resolve(ports.every((port) => prober.last(String(port)) === 'allow')),
    );
    const controllers = [...stack.processes.values()].filter(({ webhookPort }) => webhookPort === undefined);
    for (const { child } of controllers) child.kill('SIGSTOP');
    await sleep(endsAt - Date.now() - 500);
    assert.ok(
      ports.every((port) => prober.last(String(port)) === 'allow'),
      'the grant is in force until its end',
    );
    await sleep(1_500);
    await prober.stop();
    for (const { child } of controllers) child.kill('SIGCONT');
    assert.deepEqual(
      prober.probes.filter(({ sentAt, answer }) => answer === 'allow' && performance.timeOrigin + sentAt >= endsAt),
      [],
    );
    assert.ok(
      prober.probes.some(({ sentAt }) => performance.timeOrigin + sentAt >= endsAt),
      'requests were sent after its end',
    );
  });
});
