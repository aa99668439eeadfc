/**
 * How long a right outlives its grant: `node bench/revocation.ts [--times 200]`. A grant is deleted again and again while
 * every replica of the authorizer and the kube-apiserver itself are asked every ten milliseconds: the time from the answer
 * to the delete until the last allow that was asked for. Then the same with the kube-apiserver's own cache switched on, a tenth
 * as often. Exit code 1 when somebody allowed after the grant was gone.
 */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Grant, grants } from '../api/auth/grant.ts';
import { type Policy, policies } from '../api/auth/policy.ts';
import { tenantGroup } from '../api/installation.ts';
import { type Stack, startStack, untilReady } from '../hack/local/stack.ts';
import { AUTHORIZER } from '../processes/processes.ts';
import { type Client, createClient } from '../runtime/client/client.ts';
import { loadKubeConfig } from '../runtime/client/credentials.ts';
import { askServer, Prober, replicaTargets, type Targets } from '../test/support/prober.ts';
import { eventually } from '../test/support/rules.ts';
import { reviewBody } from '../test/support/webhook-client.ts';

const { values } = parseArgs({ options: { times: { type: 'string', default: '200' } } });
const TIMES = Number(values.times);
const CACHE_TTL_S = 5;
const ASKED = {
  user: 'ann',
  groups: [tenantGroup('acme')],
  resourceAttributes: { verb: 'get', version: 'v1', resource: 'pods', namespace: 'dev', name: 'web' },
};

const directory = await mkdtemp(path.join(tmpdir(), 'steward-revocation-'));
const stack = await startStack({ directory, log: (line) => console.error(line) });
const client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'bench' });
try {
  const others = await Promise.all([2, 3].map((nth) => stack.start(AUTHORIZER, [], nth)));
  await Promise.all(others.map((running) => untilReady(running)));
  const statement = { actions: ['getPod'], resources: ['*'], effect: 'allow' };
  await client.create(policies, {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Policy',
    metadata: { name: 'pol-pods' },
    spec: { tenantID: 'acme', statement },
  } as Policy);
  const ports = [stack.webhookPort, ...others.map(({ webhookPort = 0 }) => webhookPort)];
  const replicas = await replicaTargets(stack, ports, reviewBody(ASKED));
  const targets = { ...replicas, 'kube-apiserver': () => askServer(client, ASKED) };
  console.error(`${TIMES} revocations, three replicas, the kube-apiserver keeps no decisions`);
  const without = await revocations(client, TIMES, targets, 100);
  console.error(`${Math.ceil(TIMES / 10)} revocations, the kube-apiserver keeps decisions for ${CACHE_TTL_S} s`);
  await switchCacheOn(stack);
  const withCache = await revocations(client, Math.ceil(TIMES / 10), targets, (CACHE_TTL_S + 1) * 1_000);
  console.log(
    table([
      [
        'replicas of the authorizer',
        without.flatMap(({ lastAllow }) => ports.map((port) => lastAllow[String(port)] ?? 0)),
      ],
      ['kube-apiserver, no cache', without.map(({ lastAllow }) => lastAllow['kube-apiserver'] ?? 0)],
      [`kube-apiserver, cache of ${CACHE_TTL_S} s`, withCache.map(({ lastAllow }) => lastAllow['kube-apiserver'] ?? 0)],
      ['the grant is gone', without.map(({ goneAfter }) => goneAfter)],
    ]),
  );
  const late = without.flatMap(({ lastAllow, goneAfter }) => Object.values(lastAllow).filter((at) => at > goneAfter));
  console.log(`allows that were asked for after the grant was gone, without a cache: ${late.length}`);
  // What is called done is done: this is a promise, not a figure.
  if (late.length > 0) process.exitCode = 1;
} finally {
  await client.close();
  await stack.stop();
  await rm(directory, { recursive: true, force: true });
}

interface Revocation {
  /** By target: the last allow, in milliseconds after the delete; 0 when there was none after it. */
  readonly lastAllow: Readonly<Record<string, number>>;
  readonly goneAfter: number;
}

async function revocations(hub: Client, times: number, asked: Targets, settleMs: number): Promise<Revocation[]> {
  const all: Revocation[] = [];
  for (let i = 0; i < times; i++) {
    const name = `gnt-${i}-${times}`;
    const spec = { tenantID: 'acme', scope: 'platform', policies: ['pol-pods'], users: [{ id: 'ann' }] };
    await hub.create(grants, { apiVersion: 'auth.tkestack.io/v1', kind: 'Grant', metadata: { name }, spec } as Grant);
    const prober = new Prober(asked);
    await eventually('everybody allows', () =>
      Promise.resolve(Object.keys(asked).every((target) => prober.last(target) === 'allow')),
    );
    await hub.delete(grants, { name });
    const deletedAt = performance.now();
    await eventually('it is gone', async () => (await hub.get(grants, { name })) === undefined, 100_000);
    const goneAfter = performance.now() - deletedAt;
    await sleep(settleMs);
    await prober.stop();
    const late = prober.allowsAfter(deletedAt);
    const lastAllow = Object.fromEntries(
      Object.keys(asked).map((target) => [
        target,
        Math.max(0, ...late.filter((probe) => probe.target === target).map(({ sentAt }) => sentAt - deletedAt)),
      ]),
    );
    all.push({ lastAllow, goneAfter });
  }
  return all;
}

/** The kube-apiserver reads its AuthorizationConfiguration anew when the file is replaced. */
async function switchCacheOn({ webhook: { authorizationConfig: file } }: Stack): Promise<void> {
  const text = await readFile(file, 'utf8');
  const ttl = `authorizedTTL: ${CACHE_TTL_S}s\n      unauthorizedTTL: 1s`;
  await writeFile(
    `${file}.new`,
    text
      .replace('cacheAuthorizedRequests: false', 'cacheAuthorizedRequests: true')
      .replace('cacheUnauthorizedRequests: false', ttl),
  );
  await rename(`${file}.new`, file);
  await sleep(3_000);
}

function table(rows: readonly [string, readonly number[]][]): string {
  const ms = (value: number | undefined): string => `${Math.round(value ?? 0)} ms`.padStart(9);
  const line = ([name, times]: readonly [string, readonly number[]]): string => {
    const sorted = times.toSorted((a, b) => a - b);
    // Nearest rank: the smallest time that this share of all is no longer than.
    const at = (share: number): number | undefined => sorted[Math.ceil(sorted.length * share) - 1];
    return `${name.padEnd(32)} ${ms(at(0.5))} ${ms(at(0.99))} ${ms(at(1))}`;
  };
  return [`${'TIME FROM DELETE TO LAST ALLOW'.padEnd(32)}       p50       p99       max`, ...rows.map(line)].join('\n');
}
