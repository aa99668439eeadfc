/**
 * Assesses a Cluster: resolves its goal, checks it, and decides on the action and its steps, or on what blocks them.
 * Pure.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { firstNames } from '../../api/schema/message.ts';
import {
  type Goal,
  goalOf,
  isProblem,
  type PlanSnapshot,
  type Problem,
  planSnapshotOf,
} from '../../clusters/providers/goal.ts';
import type { Provider } from '../../clusters/providers/provider.ts';
import { type Action, actionOf, isStepCondition, type PlannedStep, plannedSteps, removalOf } from './action.ts';
import type { BlockedState } from './cluster-status.ts';
import type { Upgrade } from './permission-review.ts';
import { preflight } from './preflight.ts';

/** What an assessment rests on. */
export interface Facts {
  readonly cluster: Cluster;
  /** The providers of this installation. */
  readonly providers: ReadonlyMap<ClusterType, Provider>;
  /** The plan that the cluster names, if it exists. */
  readonly plan: ClusterPlan | undefined;
  readonly releases: readonly ClusterRelease[];
  /** The versions in ConfigMap kube-public/cluster-info; undefined when it does not list any. */
  readonly allowedVersions: readonly string[] | undefined;
  /** When all steps last ran, in milliseconds since 1970; 0 when that is not known. */
  readonly verifiedAtMs: number;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/** What the controller knows about a cluster, and what to do next. */
export interface Assessment {
  /** The provider of the cluster's type, if this installation has it. */
  readonly provider: Provider | undefined;
  readonly plan: PlanSnapshot | undefined;
  readonly goal: Goal | undefined;
  /** Undefined when the goal is blocked: then no action begins, and the last one stays in the status. */
  readonly action: Action | undefined;
  /** The steps of the action with its hooks; empty when something blocks them. */
  readonly steps: readonly PlannedStep[];
  /** The cluster is finished, and it is time to run all its steps again to find drift. */
  readonly verify: boolean;
  /** The upgrade whose effect on permissions is reviewed before its first step. */
  readonly upgrade: Upgrade | undefined;
  /** Why no step may run. */
  readonly blocked: BlockedState | undefined;
}

const NOTHING: Omit<Assessment, 'provider'> = {
  plan: undefined,
  goal: undefined,
  action: undefined,
  steps: [],
  verify: false,
  upgrade: undefined,
  blocked: undefined,
};

/** Assesses a cluster that is not being deleted. */
export function assess(facts: Facts): Assessment {
  const { cluster, providers, nowMs } = facts;
  const provider = providers.get(cluster.spec.type);
  if (provider === undefined) return { ...NOTHING, provider, blocked: stalled(providerMissing(facts)) };
  const plan = planSnapshotOf(cluster, facts);
  if (isProblem(plan)) return { ...NOTHING, provider, blocked: stalled(plan) };
  const goal = goalOf(cluster, plan);
  if (isProblem(goal)) return { ...NOTHING, provider, plan, blocked: stalled(goal) };
  const problem = preflightProblem(facts, goal, plan);
  if (problem !== undefined) return { ...NOTHING, provider, plan, goal, blocked: stalled(problem) };
  const action = actionOf(cluster, goal, new Date(nowMs).toISOString());
  return {
    provider,
    plan,
    goal,
    action,
    ...workOf(facts, provider, action),
    upgrade: upgradeOf(cluster, provider, { goal, action }),
  };
}

type Work = Pick<Assessment, 'steps' | 'verify' | 'blocked'>;

function workOf({ cluster, verifiedAtMs, nowMs }: Facts, provider: Provider, action: Action): Work {
  const { spec } = cluster;
  const steps = action.type === 'STOP' ? provider.stop : provider.steps;
  if (steps === undefined)
    return { steps: [], verify: false, blocked: spec.paused === true ? undefined : stalled(notStoppable(spec.type)) };
  const isFinished = action.state === 'succeeded';
  return {
    // A hook belongs to its action: verifying a finished cluster does not run it again.
    steps: plannedSteps(action, steps, isFinished ? [] : (spec.hooks ?? [])),
    verify: isFinished && nowMs - verifiedAtMs >= provider.verifyEveryMs,
    blocked: undefined,
  };
}

function preflightProblem(
  { cluster, releases, allowedVersions, nowMs }: Facts,
  goal: Goal,
  plan: PlanSnapshot | undefined,
): Problem | undefined {
  const problems = preflight({
    goal,
    plan,
    planName: cluster.spec.plan ?? '',
    releases,
    current: cluster.status?.version ?? undefined,
    allowed: allowedVersions,
    nowMs,
  });
  const [first] = problems;
  return first === undefined
    ? undefined
    : { reason: first.reason, message: problems.map(({ message }) => message).join('; ') };
}

function upgradeOf(
  cluster: Cluster,
  provider: Provider,
  { goal, action }: { readonly goal: Goal; readonly action: Action },
): Upgrade | undefined {
  if (action.type !== 'UPGRADE' || goal.version === undefined) return undefined;
  const { metadata, status } = cluster;
  const hasBegun = (status?.conditions ?? []).some(
    (condition) => isStepCondition(condition.type, provider) && condition.observedGeneration === metadata.generation,
  );
  return { cluster, from: action.from ?? '', to: goal.version, hasBegun };
}

/** Assesses a cluster that is being deleted. `blockers` are the objects that have to go first. */
export function assessRemoval(facts: RemovalFacts, blockers: readonly string[]): Assessment {
  const { cluster, providers, nowMs } = facts;
  const provider = providers.get(cluster.spec.type);
  const action = removalOf(cluster, new Date(nowMs).toISOString());
  const blocked = protectedBy(cluster.spec) ?? heldBy(blockers);
  if (blocked !== undefined) return { ...NOTHING, provider, action, blocked };
  if (provider === undefined) return { ...NOTHING, provider, action, blocked: stalled(providerMissing(facts)) };
  return { ...NOTHING, provider, action, steps: plannedSteps(action, provider.removal, cluster.spec.hooks ?? []) };
}

type RemovalFacts = Pick<Facts, 'cluster' | 'providers' | 'nowMs'>;

/** The field of the spec that keeps a cluster from being removed. */
function protectedBy({ deletionProtection, paused }: Cluster['spec']): BlockedState | undefined {
  if (deletionProtection === true) {
    return stalled({
      reason: 'DeletionProtected',
      message: 'spec.deletionProtection is true: set it to false to continue the deletion',
    });
  }
  return paused === true
    ? stalled({ reason: 'Paused', message: 'spec.paused is true: set it to false to continue the deletion' })
    : undefined;
}

function heldBy(blockers: readonly string[]): BlockedState | undefined {
  if (blockers.length === 0) return undefined;
  return {
    state: 'working',
    reason: 'Terminating',
    message: `waiting until these objects in the cluster are deleted: ${firstNames(blockers)}`,
  };
}

function stalled({ reason, message }: Problem): BlockedState {
  return { state: 'stalled', reason, message };
}

function notStoppable(type: ClusterType): Problem {
  return { reason: 'NotStoppable', message: `clusters of type ${type} cannot be stopped: set spec.stopped to false` };
}

function providerMissing({ cluster, providers }: Pick<Facts, 'cluster' | 'providers'>): Problem {
  const known = [...providers.keys()].join(', ') || 'none';
  return {
    reason: 'ProviderMissing',
    message: `this installation has no provider for clusters of type ${cluster.spec.type}, only: ${known}; choose another type, or start the cluster controller with that provider (--help)`,
  };
}
