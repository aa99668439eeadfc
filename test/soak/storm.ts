/**
 * The fault storm: objects change in many small tenants while processes are killed and paused, the control plane is
 * restarted and Rules are changed by hand. Every state of the Rules is recorded and checked. At the end everything
 * settles.
 */
import path from 'node:path';
import { HUB } from '../../api/installation.ts';
import { type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { AUTHORIZER, PROCESSES } from '../../processes/processes.ts';
import { createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { followEtcd } from '../support/etcd-history.ts';
import { eventually } from '../support/eventually.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { kubeconfigThrough } from '../support/proxied-kubeconfig.ts';
import { mulberry32, type Random } from '../support/seeded-random.ts';
import { askWebhook, reviewBody } from '../support/webhook-client.ts';
import { indexOfRules } from './allowed.ts';
import { type DriverReport, driveCell } from './driver.ts';
import { type Injected, injectFaults, restartEnded, type Tally } from './faults.ts';
import { Recorder } from './recorder.ts';

export interface StormOptions {
  readonly directory: string;
  readonly minutes: number;
  readonly seed: number;
  readonly log?: (line: string) => void;
}

export interface StormReport {
  readonly seed: number;
  readonly faults: ReadonlyMap<string, Tally>;
  /** How often each process was killed. */
  readonly kills: ReadonlyMap<string, number>;
  readonly changes: number;
  readonly timesSettled: number;
  readonly longestSettlingMs: number;
  readonly statesChecked: number;
  /** One message for each guarantee that did not hold. */
  readonly violations: readonly string[];
}

const CELLS = 8;
const PREFIX = '/registry/auth.tkestack.io/';
/** Short, so that leaders change often. */
const ELECTION = [
  '--leader-elect-lease-duration=3',
  '--leader-elect-renew-deadline=2',
  '--leader-elect-retry-period=0.4',
];
const STALENESS = '--max-staleness=5';

/**
 * Starts a stack below `directory`, runs the storm for `minutes`, and stops everything again. Never throws for a
 * violation.
 */
export async function storm({ directory, minutes, seed, log = (): void => {} }: StormOptions): Promise<StormReport> {
  const stack = await startStack({ directory, processes: [], log });
  const recording = new AbortController();
  let proxies: ReadonlyMap<string, FaultProxy> = new Map();
  try {
    proxies = await startProcesses(stack, directory);
    const recorder = new Recorder();
    const followed = followEtcd(stack.controlPlane.etcdUrl, PREFIX, (event) => recorder.take(event), recording.signal);
    const lost = followed.then(
      () => [],
      (error: unknown) => [`etcd's history was lost: ${String(error)}`],
    );
    const random = mulberry32(seed);
    const over = AbortSignal.timeout(minutes * 60_000);
    log(`storm of ${minutes} minutes over ${CELLS} tenants, seed ${seed}`);
    const faults = injectFaults({ stack, recorder, random, cells: CELLS, proxies }, over);
    const reports = await drive(stack, recorder, random, over);
    const tallies = await faults;
    log('the storm is over; waiting until everything has settled');
    const end = await unsettledAtEnd(stack, recorder);
    recording.abort();
    return { seed, ...reportOf(tallies, reports, recorder, [...end, ...(await lost)]) };
  } finally {
    recording.abort();
    await stack.stop();
    await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
  }
}

/** Starts two replicas of each process. The second one reaches the kube-apiserver through a proxy of its own. */
async function startProcesses(stack: Stack, directory: string): Promise<ReadonlyMap<string, FaultProxy>> {
  const proxies = new Map<string, FaultProxy>();
  for (const product of PROCESSES) {
    const { name } = product.access;
    const args = product === AUTHORIZER ? [STALENESS] : ELECTION;
    await stack.start(product, args);
    const proxy = await FaultProxy.start(Number(new URL(stack.controlPlane.url).port));
    proxies.set(`${name}-2`, proxy);
    const kubeconfig = path.join(directory, `${name}-2-proxied.kubeconfig`);
    await kubeconfigThrough(stack, name, proxy, kubeconfig);
    await stack.start(product, [`--kubeconfig=${kubeconfig}`, ...args], 2);
  }
  await Promise.all([...stack.processes.values()].map((running) => untilReady(running)));
  return proxies;
}

async function drive(stack: Stack, recorder: Recorder, random: Random, signal: AbortSignal): Promise<DriverReport[]> {
  const client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'storm' });
  try {
    return await Promise.all(
      Array.from({ length: CELLS }, (_, cell) => driveCell(cell, { client, recorder, random }, signal)),
    );
  } finally {
    await client.close();
  }
}

/** Waits until every authorizer replica decides by the existing Rules. Returns a message if one does not. */
async function unsettledAtEnd(stack: Stack, recorder: Recorder): Promise<string[]> {
  restartEnded(stack);
  await Promise.all([...stack.processes.values()].map((running) => untilReady(running)));
  const question = reviewBody({ user: 'ann', groups: [], nonResourceAttributes: { verb: 'get', path: '/' } });
  const replicas = [...stack.processes.values()].filter(({ webhookPort }) => webhookPort !== undefined);
  const revisions = async (): Promise<string[]> =>
    Promise.all(
      replicas.map(
        async ({ webhookPort: port = 0 }) =>
          (await askWebhook(stack, { cluster: HUB, body: question, port })).revision ?? 'none',
      ),
    );
  try {
    await eventually('every authorizer replica has the revision of the Rules', async () => {
      const { revision } = indexOfRules(recorder.rules);
      return (await revisions()).every((each) => each === revision);
    });
    return [];
  } catch {
    return [
      `authorizer replicas have the revisions ${(await revisions()).join(', ')}, but the Rules have ${indexOfRules(recorder.rules).revision}`,
    ];
  }
}

function reportOf(
  { faults, kills, failures }: Injected,
  reports: readonly DriverReport[],
  recorder: Recorder,
  end: readonly string[],
): Omit<StormReport, 'seed'> {
  const stuck = reports.flatMap(({ stuck: why }, cell) =>
    why === undefined ? [] : [`cell ${cell} did not settle: ${why}`],
  );
  const beyond = recorder.violations.map(
    ({ revision, cell, what }) => `revision ${revision} of cell ${cell} allowed too much ${what}`,
  );
  return {
    faults,
    kills,
    changes: sum(reports.map(({ changes }) => changes)),
    timesSettled: sum(reports.map(({ settled }) => settled)),
    longestSettlingMs: Math.max(...reports.map(({ longestSettlingMs }) => longestSettlingMs)),
    statesChecked: recorder.checked,
    violations: [...beyond, ...stuck, ...failures, ...end],
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

/** Formats the report as a table for the terminal. */
export function tableOf({
  seed,
  faults,
  kills,
  changes,
  timesSettled,
  longestSettlingMs,
  statesChecked,
  violations,
}: StormReport): string {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const rows = [...faults].map(([name, { injected, recovered, longestMs }]) => [
    name,
    String(injected),
    String(recovered),
    seconds(longestMs),
  ]);
  const table = [['FAULT', 'INJECTED', 'RECOVERED', 'LONGEST'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
  const killed = [...kills].map(([instance, count]) => `${instance.replace('steward-', '')} ${count}`).toSorted();
  return [
    ...lines,
    '',
    `killed: ${killed.join(', ')}`,
    `seed: ${seed}`,
    `${changes} changes of objects; settled ${timesSettled} times, after ${seconds(longestSettlingMs)} at most`,
    `${statesChecked} states of the Rules checked: each allows no more than the objects before or after a change`,
    `violations: ${violations.length}`,
    ...violations.slice(0, 20).map((each) => `  ${each}`),
  ].join('\n');
}
