/** Builds the status of a source object from its Cluster, its translation, and what blocks it. Pure. */

import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterPhase } from '../../api/platform/cluster-status.ts';
import type { TanzuReason } from '../../api/platform/tanzu-reasons.ts';
import type { TanzuPhase, TanzuStatus } from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import { type Condition, setCondition } from '../../runtime/loop/conditions.ts';
import type { Problem } from './translation.ts';

export interface StatusInput {
  readonly generation: number;
  readonly isDeleted: boolean;
  readonly known: readonly Condition[];
  /** The name of the Cluster, whether or not it exists. */
  readonly name: string;
  /** The Cluster, if it was created from the object. */
  readonly cluster: Cluster | undefined;
  /** Undefined when nothing was translated. */
  readonly unmapped: readonly string[] | undefined;
  readonly problem: Problem | undefined;
  readonly nowIso: string;
}

type TanzuCondition = Omit<Condition, 'lastTransitionTime' | 'observedGeneration'> & { readonly reason: TanzuReason };

export function tanzuStatus(input: StatusInput): TanzuStatus {
  const { cluster, generation, name, nowIso } = input;
  const unmapped = unmappedOf(input);
  const conditions = [readyOf(input), ...(input.isDeleted ? [] : [mappedOf(unmapped)]), ...partsOf(cluster)];
  const stays = input.known.filter(({ type }) => conditions.some((each) => each.type === type));
  const { version, workers, addresses } = cluster?.status ?? {};
  return {
    phase: phaseOf(input),
    conditions: conditions.reduce(
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

/** The fields without effect: those that were not translated, and those that the provider of the Cluster ignores. */
function unmappedOf({ unmapped, cluster, name }: StatusInput): string[] | undefined {
  const ignored = (cluster?.status?.ignoredFields ?? []).map(
    (field) => `${field} of Cluster ${name}: its provider does not use it`,
  );
  return unmapped === undefined ? undefined : [...unmapped, ...ignored];
}

function mappedOf(unmapped: readonly string[] | undefined): TanzuCondition {
  const type = 'FullyMapped';
  if (unmapped === undefined)
    return { type, status: 'Unknown', reason: 'NotTranslated', message: 'nothing has been translated yet: see Ready' };
  if (unmapped.length === 0)
    return { type, status: 'True', reason: 'EverythingMapped', message: 'every field has an effect' };
  return {
    type,
    status: 'False',
    reason: 'FieldsWithoutEffect',
    message: `fields without effect: ${unmapped.length}. ${unmapped.join('; ')}`,
  };
}

function readyOf({ cluster, problem, isDeleted, name }: StatusInput): TanzuCondition {
  if (problem !== undefined) return notReady(problem.reason, problem.message);
  const ready = readyIn(cluster);
  if (isDeleted)
    return notReady(
      'Deleting',
      `waiting until Cluster ${name} is deleted${ready === undefined ? '' : `; it reports: ${ready.message}`}`,
    );
  if (ready === undefined) return notReady('Waiting', `the cluster controller has not seen Cluster ${name} yet`);
  const isCurrent = cluster?.status?.observedGeneration === cluster?.metadata.generation;
  if (!isCurrent)
    return notReady('Updating', `the cluster controller has not seen the last change to Cluster ${name} yet`);
  return { type: 'Ready', status: ready.status, reason: ready.reason, message: ready.message };
}

/** The Ready of the Cluster. Its reason was registered where the cluster controller set it. */
function readyIn(cluster: Cluster | undefined): TanzuCondition | undefined {
  return (cluster?.status?.conditions ?? []).find(({ type }) => type === 'Ready') as TanzuCondition | undefined;
}

function notReady(reason: TanzuReason, message: string): TanzuCondition {
  return { type: 'Ready', status: 'False', reason, message };
}

/** One condition for the control plane and one for the workers, once their numbers are known. */
function partsOf(cluster: Cluster | undefined): TanzuCondition[] {
  const parts = { ControlPlaneReady: cluster?.status?.controlPlane, NodePoolsReady: cluster?.status?.workers };
  return Object.entries(parts).flatMap(([type, known]): TanzuCondition[] => {
    if (known === undefined || known === null) return [];
    const isComplete = known.ready >= known.desired;
    return [
      {
        type,
        status: isComplete ? 'True' : 'False',
        reason: isComplete ? 'AllReady' : 'NotAllReady',
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
