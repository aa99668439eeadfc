/**
 * Step: etcd runs with the desired number of members, and each of them votes. The first member creates etcd; the others
 * join one after the other, first as learners, so that a member that does not run yet never counts for the majority. A
 * member that lost its data joins again. When all data are lost, nothing is started: an empty cluster is not what the
 * user asked for.
 */
import { done, failed, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { applyChange, type Voter } from '../apply-etcd-change.ts';
import { clientUrl } from '../commands.ts';
import { type EtcdChange, etcdChanges } from '../etcd-change.ts';
import type { EtcdClient } from '../etcd-client.ts';
import { etcdClient, replicasWithData, startEtcd } from '../etcd-process.ts';
import type { Layout } from '../layout.ts';
import type { Machine } from '../machine.ts';

const RETRY_MS = 300;

export async function ensureEtcd(machine: Machine, { cluster: { status } }: StepContext): Promise<StepResult> {
  const withData = await replicasWithData(machine);
  const wasCreated = (status?.clusterID ?? undefined) !== undefined;
  if (withData.length === 0 && wasCreated) return dataMissing(machine.layout);
  // The first replica creates etcd, and has data from then on.
  const started = withData.length === 0 ? [0] : withData;
  const failures = await startAll(machine, started);
  const voter = await firstVoter(machine, await etcdClient(machine), failures);
  if (voter === undefined)
    return firstOf(failures) ?? waiting('EtcdStarting', `etcd in ${machine.layout.root} does not serve yet`, RETRY_MS);
  return changeMembers(machine, voter, started, failures);
}

/** Why the etcd of a replica did not start, by the index of the replica. */
type Failures = ReadonlyMap<number, StepResult>;

async function startAll(machine: Machine, indices: readonly number[]): Promise<Failures> {
  const failures = new Map<number, StepResult>();
  for (const index of indices) {
    const failure = await startEtcd(machine, index);
    if (failure !== undefined) failures.set(index, failure);
  }
  return failures;
}

function firstOf(failures: Failures): StepResult | undefined {
  return [...failures.values()][0];
}

/** Finds a member that serves and votes. A learner says that it is healthy, but refuses to list the members. */
async function firstVoter({ ports }: Machine, etcd: EtcdClient, failures: Failures): Promise<Voter | undefined> {
  // Where a member did not start, another program may have its port, and keep the request waiting.
  const urls = ports.replicas.flatMap((replica, index) => (failures.has(index) ? [] : [clientUrl(replica)]));
  for (const url of urls) {
    const known = (await etcd.isHealthy(url)) ? await etcd.list(url).catch(() => undefined) : undefined;
    if (known !== undefined) return { etcd, url, known };
  }
  return undefined;
}

/** Makes the first change that is needed. */
async function changeMembers(
  machine: Machine,
  voter: Voter,
  withData: readonly number[],
  failures: Failures,
): Promise<StepResult> {
  const { ports, goal } = machine;
  const { known } = voter;
  const wanted = goal.controlPlane.replicas;
  for (const change of etcdChanges({ ports: ports.replicas, known, withData, wanted })) {
    const result = failureOf(failures, change) ?? (await applyChange(machine, voter, change));
    if (result !== undefined) return result;
  }
  return done(`etcd has ${known.length} member${known.length === 1 ? '' : 's'}`);
}

/**
 * A member that is not in etcd, or never ran, failed to start only because it was started without what it needs to
 * join.
 */
function failureOf(failures: Failures, { do: action, index }: EtcdChange): StepResult | undefined {
  return action === 'nothing' || action === 'promote' ? failures.get(index) : undefined;
}

function dataMissing({ root }: Layout): StepResult {
  return failed(
    'DataMissing',
    `the data of etcd are missing in ${root}, although the cluster was created: restore the folder (does the controller run on another machine, or with another --local-directory?), or delete the cluster and create it again`,
  );
}
