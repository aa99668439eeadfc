/**
 * Measures how long a permission outlives its grant: `node bench/revocation.ts [--times 200]`. It deletes a grant again
 * and again while it asks every authorizer replica and the kube-apiserver every ten milliseconds, and measures the time
 * from the response to the delete until the last question that was allowed. Then it repeats a tenth of the deletions
 * with the cache of the kube-apiserver enabled. Exits with code 1 when anything was allowed after the grant was gone.
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
import { askServer, Prober, replicaTargets, type Targets } from '../test/support/decision-prober.ts';
import { eventually } from '../test/support/eventually.ts';
import { reviewBody } from '../test/support/webhook-client.ts';

const { values } = parseArgs({ options: { times: { type: 'string', default: '200' } } });
const TIMES = Number(values.times);
const CACHE_TTL_S = 5;
const REVIEW = {
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
  const replicas = await replicaTargets(stack, ports, reviewBody(REVIEW));
  const targets = { ...replicas, 'kube-apiserver': () => askServer(client, REVIEW) };
  console.error(`${TIMES} revocations, three authorizer replicas, no cache in the kube-apiserver`);
  const without = await revocations(client, TIMES, targets, 100);
  console.error(`${Math.ceil(TIMES / 10)} revocations, the kube-apiserver caches decisions for ${CACHE_TTL_S} s`);
  await switchCacheOn(stack);
  const withCache = await revocations(client, Math.ceil(TIMES / 10), targets, (CACHE_TTL_S + 1) * 1_000);
  console.log(
    table([
      ['authorizer replicas', without.flatMap(({ lastAllow }) => ports.map((port) => lastAllow[String(port)] ?? 0))],
      ['kube-apiserver, no cache', without.map(({ lastAllow }) => lastAllow['kube-apiserver'] ?? 0)],
      [`kube-apiserver, cache of ${CACHE_TTL_S} s`, withCache.map(({ lastAllow }) => lastAllow['kube-apiserver'] ?? 0)],
      ['the grant is gone', without.map(({ goneAfter }) => goneAfter)],
    ]),
  );
  const late = without.flatMap(({ lastAllow, goneAfter }) => Object.values(lastAllow).filter((at) => at > goneAfter));
  console.log(`questions allowed after the grant was gone, without a cache: ${late.length}`);
  // This is a guarantee, not a figure: once the grant is gone, nothing may be allowed.
  if (late.length > 0) process.exitCode = 1;
} finally {
  await client.close();
  await stack.stop();
  await rm(directory, { recursive: true, force: true });
}

interface Revocation {
  /** By target: the last allowed question, in milliseconds after the delete; 0 when none came after it. */
  readonly lastAllow: Readonly<Record<string, number>>;
  readonly goneAfter: number;
}

async function revocations(hub: Client, times: number, targets: Targets, settleMs: number): Promise<Revocation[]> {
  const all: Revocation[] = [];
  for (let i = 0; i < times; i++) {
    const name = `gnt-${i}-${times}`;
    const spec = { tenantID: 'acme', scope: 'platform', policies: ['pol-pods'], users: [{ id: 'ann' }] };
    await hub.create(grants, { apiVersion: 'auth.tkestack.io/v1', kind: 'Grant', metadata: { name }, spec } as Grant);
    const prober = new Prober(targets);
    await eventually('all targets allow', () =>
      Promise.resolve(Object.keys(targets).every((target) => prober.last(target) === 'allow')),
    );
    await hub.delete(grants, { name });
    const deletedAt = performance.now();
    await eventually('it is gone', async () => (await hub.get(grants, { name })) === undefined, 100_000);
    const goneAfter = performance.now() - deletedAt;
    await sleep(settleMs);
    await prober.stop();
    const late = prober.allowsAfter(deletedAt);
    const lastAllow = Object.fromEntries(
      Object.keys(targets).map((target) => [
        target,
        Math.max(0, ...late.filter((probe) => probe.target === target).map(({ sentAt }) => sentAt - deletedAt)),
      ]),
    );
    all.push({ lastAllow, goneAfter });
  }
  return all;
}

/** Enables the cache. The kube-apiserver reloads its AuthorizationConfiguration when the file is replaced. */
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
    // Nearest rank: the smallest time that is not exceeded by this share of all.
    const at = (share: number): number | undefined => sorted[Math.ceil(sorted.length * share) - 1];
    return `${name.padEnd(32)} ${ms(at(0.5))} ${ms(at(0.99))} ${ms(at(1))}`;
  };
  return [`${'TIME FROM DELETE TO LAST ALLOW'.padEnd(32)}       p50       p99       max`, ...rows.map(line)].join('\n');
}
