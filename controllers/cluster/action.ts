/**
 * Decides what is next for a cluster: the action that its generation asks for, the steps of that action, and the first
 * step that is not done. Pure.
 */

import { compareVersions } from '../../api/kubernetes/version.ts';
import type { Cluster, ClusterStatus } from '../../api/platform/cluster.ts';
import type { Hook, HookMoment } from '../../api/platform/cluster-hooks.ts';
import type { ActionType } from '../../api/platform/cluster-status.ts';
import type { Goal } from '../../clusters/providers/goal.ts';
import type { Provider, Step } from '../../clusters/providers/provider.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';

export type Action = NonNullable<ClusterStatus['lastAction']>;

/** A step of the provider, or a hook that becomes one. */
export type PlannedStep = { readonly step: Step } | { readonly hook: Hook };

const HOOK_PREFIX = 'Hook-';
const HOOK_MOMENTS: Readonly<
  Partial<Record<ActionType, { readonly before: HookMoment; readonly after?: HookMoment }>>
> = {
  CREATE: { before: 'BeforeCreate', after: 'AfterCreate' },
  UPGRADE: { before: 'BeforeUpgrade', after: 'AfterUpgrade' },
  RESIZE: { before: 'BeforeResize', after: 'AfterResize' },
  DELETE: { before: 'BeforeDelete' },
};

/** The action that this generation of a cluster asks for. An action that was begun for it continues. */
export function actionOf(cluster: Cluster, goal: Goal, nowIso: string): Action {
  const status = cluster.status ?? {};
  const last = status.lastAction ?? undefined;
  if (last !== undefined && isCurrent(last, cluster)) return last;
  const type = typeOf(cluster, goal, last);
  const begun = newAction(type, cluster, nowIso);
  return type === 'UPGRADE' ? { ...begun, from: versionBefore(status, last) } : begun;
}

/** The removal of a cluster that is being deleted. */
export function removalOf(cluster: Cluster, nowIso: string): Action {
  const last = cluster.status?.lastAction ?? undefined;
  return last !== undefined && isCurrent(last, cluster) ? last : newAction('DELETE', cluster, nowIso);
}

function newAction(type: ActionType, { metadata }: Cluster, nowIso: string): Action {
  return { type, state: 'in progress', generation: metadata.generation ?? 0, startedAt: nowIso };
}

/** Whether the last action is still the one that the cluster asks for. */
function isCurrent(last: Action, cluster: Cluster): boolean {
  const { generation = 0, deletionTimestamp } = cluster.metadata;
  if (last.generation !== generation) return false;
  if (deletionTimestamp !== undefined) return last.type === 'DELETE';
  return last.type === 'STOP' || !mustStop(cluster, last);
}

/** A creation that has begun is finished before the cluster is stopped. */
function mustStop({ spec }: Cluster, last: Action): boolean {
  return spec.stopped === true && (last.type !== 'CREATE' || last.state === 'succeeded');
}

/** An upgrade that is changed halfway still counts from the version where the first one began. */
function versionBefore({ version }: ClusterStatus, last: Action | undefined): string {
  const before = last?.state === 'succeeded' ? undefined : last?.from;
  return before ?? version ?? '';
}

function typeOf(cluster: Cluster, goal: Goal, last: Action | undefined): ActionType {
  if (last === undefined || (last.type === 'CREATE' && last.state !== 'succeeded')) return 'CREATE';
  if (mustStop(cluster, last)) return 'STOP';
  return changeOf(cluster.status ?? {}, goal, last);
}

function changeOf(status: ClusterStatus, goal: Goal, last: Action): ActionType {
  if (isUpgrade(status, goal, last)) return 'UPGRADE';
  if (!hasSize(status, goal) || isUnfinished(last, 'RESIZE')) return 'RESIZE';
  return last.type === 'STOP' ? 'START' : 'UPDATE';
}

function isUpgrade({ version }: ClusterStatus, goal: Goal, last: Action): boolean {
  const differs = (known: string | null | undefined): boolean =>
    goal.version !== undefined && typeof known === 'string' && compareVersions(known, goal.version) !== 0;
  return goal.type !== 'Imported' && (differs(version) || (isUnfinished(last, 'UPGRADE') && differs(last.from)));
}

function hasSize({ controlPlane, workers }: ClusterStatus, goal: Goal): boolean {
  const has = (known: { desired: number } | null | undefined, wanted: number): boolean =>
    known === undefined || known === null || known.desired === wanted;
  return has(controlPlane, goal.controlPlane.replicas) && has(workers, workersIn(goal));
}

/** The number of workers in all pools. */
export function workersIn({ nodePools }: Goal): number {
  return nodePools.reduce((sum, { replicas }) => sum + replicas, 0);
}

/** An unfinished action keeps its type if the object changes meanwhile; otherwise its after-hooks would never run. */
function isUnfinished({ type, state }: Action, action: ActionType): boolean {
  return type === action && state !== 'succeeded';
}

/** The steps of an action in order: hooks before it, the provider's steps, hooks after it. */
export function plannedSteps(
  action: Action,
  provided: readonly Step[],
  hooks: readonly Hook[],
): readonly PlannedStep[] {
  const { before, after } = HOOK_MOMENTS[action.type] ?? {};
  const at = (moment: HookMoment | undefined): PlannedStep[] =>
    hooks.filter((hook) => hook.moment === moment).map((hook) => ({ hook }));
  return [...at(before), ...provided.map((step) => ({ step })), ...at(after)];
}

export function hookCondition({ name }: Pick<Hook, 'name'>): string {
  return `${HOOK_PREFIX}${name}`;
}

export function isHook(conditionType: string): boolean {
  return conditionType.startsWith(HOOK_PREFIX);
}

/** Whether a condition is that of a hook or of a step of the provider. */
export function isStepCondition(type: string, provider: Provider | undefined): boolean {
  const steps = [...(provider?.steps ?? []), ...(provider?.stop ?? []), ...(provider?.removal ?? [])];
  return isHook(type) || steps.some(({ condition }) => condition === type);
}

/** The first step whose condition is not True for this generation; undefined when all are. */
export function nextStep<T extends Pick<Step, 'condition'>>(
  steps: readonly T[],
  conditions: readonly Condition[],
  generation: number,
): T | undefined {
  return steps.find(({ condition }) => {
    const known = conditions.find(({ type }) => type === condition);
    return known?.status !== 'True' || known.observedGeneration !== generation;
  });
}
