/** What an object in a Namespace says of the Cluster that it became. Pure: the Cluster, the translation, what stands in the way. */

import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterPhase } from '../../api/platform/cluster-status.ts';
import type { TanzuReason } from '../../api/platform/tanzu-reasons.ts';
import type { TanzuPhase, TanzuStatus } from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import { type Condition, setCondition } from '../../runtime/loop/conditions.ts';
import type { Problem } from './translate-tanzu.ts';

export interface StatusInput {
  readonly generation: number;
  readonly isDeleted: boolean;
  readonly known: readonly Condition[];
  /** The name that the Cluster has or would have. */
  readonly name: string;
  /** The Cluster, if it is the one that was made of the object. */
  readonly cluster: Cluster | undefined;
  /** Undefined when nothing could be translated. */
  readonly unmapped: readonly string[] | undefined;
  readonly problem: Problem | undefined;
  readonly nowIso: string;
}

type Judged = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'>;

export function statusOf(input: StatusInput): TanzuStatus {
  const { cluster, generation, name, nowIso } = input;
  const unmapped = unmappedOf(input);
  const judged = [readyOf(input), ...(input.isDeleted ? [] : [mappedOf(unmapped)]), ...partsOf(cluster)];
  const stays = input.known.filter(({ type }) => judged.some((each) => each.type === type));
  const { version, workers, addresses } = cluster?.status ?? {};
  return {
    phase: phaseOf(input),
    conditions: judged.reduce(
      (list, each) => setCondition(list, { ...each, observedGeneration: generation }, nowIso),
      stays,
    ),
    observedGeneration: generation,
    cluster: cluster === undefined ? undefined : name,
    unmappedFields:
      unmapped === undefined || unmapped.length === 0
        ? undefined
        : unmapped.slice(0, MAX_LISTED).map((each) => each.slice(0, MAX_LENGTH)),
    apiEndpoints: addresses?.map(({ host, port }) => ({ host, port })),
    version: version ?? undefined,
    totalWorkerReplicas: workers?.desired,
  };
}

const MAX_LISTED = 500;
const MAX_LENGTH = 1_024;

/** What was not mapped, and what was and has no effect with the provider of the Cluster. */
function unmappedOf({ unmapped, cluster, name }: StatusInput): string[] | undefined {
  const ignored = (cluster?.status?.ignoredFields ?? []).map(
    (field) => `${field} of Cluster ${name}: its provider does not use it`,
  );
  return unmapped === undefined ? undefined : [...unmapped, ...ignored];
}

function mappedOf(unmapped: readonly string[] | undefined): Judged {
  const type = 'FullyMapped';
  if (unmapped === undefined)
    return { type, status: 'Unknown', reason: 'NotTranslated', message: 'nothing was translated yet: see Ready' };
  if (unmapped.length === 0)
    return { type, status: 'True', reason: 'EverythingMapped', message: 'every field has its place in the Cluster' };
  return {
    type,
    status: 'False',
    reason: 'FieldsWithoutEffect',
    message: `${unmapped.length} field(s) have no effect: ${unmapped.join('; ')}`,
  };
}

function readyOf({ cluster, problem, isDeleted, name }: StatusInput): Judged {
  if (problem !== undefined) return notReady(problem.reason, problem.message);
  const ready = readyIn(cluster);
  if (isDeleted)
    return notReady(
      'Deleting',
      `waits until Cluster ${name} is gone${ready === undefined ? '' : `, which says: ${ready.message}`}`,
    );
  if (ready === undefined) return notReady('Waiting', `the cluster controller has not looked at Cluster ${name} yet`);
  const isCurrent = cluster?.status?.observedGeneration === cluster?.metadata.generation;
  if (!isCurrent)
    return notReady('Updating', `the cluster controller has not seen the last change of Cluster ${name} yet`);
  return { type: 'Ready', status: ready.status, reason: ready.reason, message: ready.message };
}

function readyIn(cluster: Cluster | undefined): Judged | undefined {
  return (cluster?.status?.conditions ?? []).find(({ type }) => type === 'Ready');
}

function notReady(reason: TanzuReason, message: string): Judged {
  return { type: 'Ready', status: 'False', reason, message };
}

/** Control plane and workers apart, once their numbers are known. */
function partsOf(cluster: Cluster | undefined): Judged[] {
  const parts = { ControlPlaneReady: cluster?.status?.controlPlane, NodePoolsReady: cluster?.status?.workers };
  return Object.entries(parts).flatMap(([type, known]): Judged[] => {
    if (known === undefined || known === null) return [];
    const whole = known.ready >= known.desired;
    return [
      {
        type,
        status: whole ? 'True' : 'False',
        reason: whole ? 'AllReady' : 'NotAllReady',
        message: `${known.ready} of ${known.desired} are ready`,
      },
    ];
  });
}

const PHASES: Readonly<Partial<Record<ClusterPhase, TanzuPhase>>> = {
  Initializing: 'creating',
  Waiting: 'creating',
  Running: 'running',
  Failed: 'failed',
  Terminating: 'deleting',
};

function phaseOf({ cluster, problem, isDeleted }: StatusInput): TanzuPhase {
  if (isDeleted) return 'deleting';
  if (cluster === undefined) return problem === undefined ? 'creating' : 'failed';
  const phase = cluster.status?.phase;
  return phase === undefined || phase === null ? 'creating' : (PHASES[phase] ?? 'updating');
}
