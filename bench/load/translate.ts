/**
 * Stage 1: translates everything from scratch, and compares with the rate at which the same kube-apiserver serves a
 * bare client.
 */
import { policies } from '../../api/auth/policy.ts';
import { projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import { rules } from '../../api/auth/rule.ts';
import { INSTALLATION_NAMESPACE, PROCESS_NAMES } from '../../api/installation.ts';
import type { Stack } from '../../hack/local/stack.ts';
import { PROCESSES } from '../../processes/processes.ts';
import { type Hub, secondsSince } from './hub.ts';
import { untilKnown, untilReadyAtLast } from './known.ts';
import { type Rate, rawWriteLimit, type Tokens } from './raw.ts';
import { requestsBetween } from './scrape.ts';
import { LINES_OF_A_POLICY, prefixOf, type Size, seedOwners } from './seed.ts';
import { checkDone, untilQuiet } from './settle.ts';
import { cpuBetween, memoryLine, usagesOf } from './usage.ts';

/** The number of necessary writes: for each owner the finalizer, its Rules and its status. */
function writesNeeded({ policies: many, bindings }: Size): number {
  return many * (LINES_OF_A_POLICY + 2) + bindings * 3;
}

export async function translateFromNothing(hub: Hub, size: Size): Promise<void> {
  const before = await rawRate(hub, size);
  await removeAll(hub);
  const ours = await translated(hub, size);
  const needed = writesNeeded(size);
  hub.say(rateLine('bare client', before));
  hub.say(rateLine('the controllers', ours));
  const times = (raw: number, own: number): string => (own / raw).toFixed(2);
  hub.say(
    `the controllers took ${times(before.seconds / before.writes, ours.seconds / needed)} times the bare client's time, ` +
      `and ${times(before.serverCpuSeconds / before.writes, ours.serverCpuSeconds / needed)} times its CPU time of etcd and kube-apiserver`,
  );
}

/**
 * Sends the same writes from a bare client. They are removed afterwards, since a kube-apiserver gets slower as it
 * fills. No controller runs.
 */
async function rawRate(hub: Hub, size: Size): Promise<Rate> {
  await seed(hub, size);
  return rawWriteLimit(hub, size, await tokensOf(hub.stack));
}

async function seed(hub: Hub, size: Size): Promise<void> {
  const started = performance.now();
  await seedOwners(hub.client, hub.etcd, size);
  const put = secondsSince(started);
  await untilKnown(hub, [policies, projectPolicyBindings, rules]);
  hub.say(
    `${size.policies} policies and ${size.bindings} bindings written to etcd in ${put} s, visible in the kube-apiserver after ${secondsSince(started)} s`,
  );
}

async function removeAll({ etcd }: Hub): Promise<void> {
  for (const resource of [rules, policies, projectPolicyBindings]) await etcd.deleteAll(prefixOf(resource));
}

async function translated(hub: Hub, size: Size): Promise<Rate> {
  const { stack, etcd, say } = hub;
  await seed(hub, size);
  const before = usagesOf(stack);
  say(memoryLine('before the controllers start', before));
  const started = performance.now();
  for (const product of PROCESSES) await stack.start(product);
  await Promise.all([...stack.processes.values()].map(untilReadyAtLast));
  say(`all processes ready after ${secondsSince(started)} s`);
  const { lastWriteAt, scraped } = await untilQuiet(stack, 60 * 60_000);
  const after = usagesOf(stack);
  await checkDone(etcd, size);
  say(
    `translated in ${((lastWriteAt - started) / 1_000).toFixed(1)} s; requests ${requestsBetween({ ...scraped, requests: new Map() }, scraped)}`,
  );
  say(memoryLine('after the translation', after));
  const cpu = cpuBetween(before, after);
  say(`CPU time: Steward's processes ${cpu.ours.toFixed(1)} s, etcd and kube-apiserver ${cpu.servers.toFixed(1)} s`);
  return {
    way: { http2: true, parallel: 0 },
    writes: writesNeeded(size),
    seconds: (lastWriteAt - started) / 1_000,
    serverCpuSeconds: cpu.servers,
  };
}

async function tokensOf(stack: Stack): Promise<Tokens> {
  const token = async (account: string): Promise<string> =>
    (await stack.kubectl(['create', 'token', account, '-n', INSTALLATION_NAMESPACE, '--duration=1h'])).trim();
  return {
    Policy: await token(PROCESS_NAMES.policy),
    ProjectPolicyBinding: await token(PROCESS_NAMES.projectPolicyBinding),
  };
}

function rateLine(who: string, { way, writes, seconds: took, serverCpuSeconds }: Rate): string {
  const how = way.parallel === 0 ? '' : ` (HTTP/${way.http2 ? 2 : 1}, ${way.parallel} in flight)`;
  return `${who}${how}: ${writes} writes in ${took.toFixed(1)} s, ${(writes / took).toFixed(0)} per second, ${((serverCpuSeconds / writes) * 1_000).toFixed(2)} ms of server CPU each`;
}
