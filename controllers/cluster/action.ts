/**
 * What is to be done next for a cluster. Pure: from its status and its goal, the action that is under way, the steps that
 * it takes, and the first of them that is not done.
 */

import { compareVersions } from '../../api/kubernetes/version.ts';
import type { Cluster, ClusterStatus } from '../../api/platform/cluster.ts';
import type { Hook, HookMoment } from '../../api/platform/cluster-hooks.ts';
import type { ActionType } from '../../api/platform/cluster-status.ts';
import type { Goal } from '../../clusters/providers/goal.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';

export type Action = NonNullable<ClusterStatus['lastAction']>;

/** One entry of the plan: a step of the provider, or a hook, by the type of its condition. */
export interface PlannedStep {
  readonly condition: string;
  readonly hook?: Hook;
}

const HOOK = 'Hook-';
const HOOKS: Readonly<Partial<Record<ActionType, { readonly before: HookMoment; readonly after?: HookMoment }>>> = {
  CREATE: { before: 'BeforeCreate', after: 'AfterCreate' },
  UPGRADE: { before: 'BeforeUpgrade', after: 'AfterUpgrade' },
  RESIZE: { before: 'BeforeResize', after: 'AfterResize' },
  DELETE: { before: 'BeforeDelete' },
};

/** What this generation of the object asks for. An action that is under way for it stays what it is. */
export function actionOf(cluster: Cluster, goal: Goal | undefined, nowIso: string): Action {
  const { metadata } = cluster;
  const status = cluster.status ?? {};
  const last = status.lastAction ?? undefined;
  if (last !== undefined && isFor(last, cluster)) return last;
  const type = metadata.deletionTimestamp !== undefined || goal === undefined ? 'DELETE' : typeOf(cluster, goal, last);
  const begun: Action = { type, state: 'in progress', generation: metadata.generation ?? 0, startedAt: nowIso };
  return type === 'UPGRADE' ? { ...begun, from: versionBefore(status, last) } : begun;
}

/** Whether the last action is what the cluster asks for now. */
function isFor(last: Action, cluster: Cluster): boolean {
  const { generation = 0, deletionTimestamp } = cluster.metadata;
  if (last.generation !== generation) return false;
  if (deletionTimestamp !== undefined) return last.type === 'DELETE';
  return last.type === 'STOP' || !isToBeStopped(cluster, last);
}

/** A cluster is made first, and stopped then: what is begun is brought to its end. */
function isToBeStopped({ spec }: Cluster, last: Action): boolean {
  return spec.stopped === true && (last.type !== 'CREATE' || last.state === 'succeeded');
}

/** An upgrade that is changed in its middle is still one from where the first began. */
function versionBefore({ version }: ClusterStatus, last: Action | undefined): string {
  const before = last?.state === 'succeeded' ? undefined : last?.from;
  return before ?? version ?? '';
}

function typeOf(cluster: Cluster, goal: Goal, last: Action | undefined): ActionType {
  if (last === undefined || (last.type === 'CREATE' && last.state !== 'succeeded')) return 'CREATE';
  if (isToBeStopped(cluster, last)) return 'STOP';
  return changeOf(cluster.status ?? {}, goal, last);
}

function changeOf(status: ClusterStatus, goal: Goal, last: Action): ActionType {
  const isOther = (version: string | null | undefined): boolean =>
    goal.version !== undefined && typeof version === 'string' && compareVersions(version, goal.version) !== 0;
  if (goal.type !== 'Imported' && (isOther(status.version) || (isOpen(last, 'UPGRADE') && isOther(last.from))))
    return 'UPGRADE';
  const workers = goal.nodePools.reduce((sum, { replicas }) => sum + replicas, 0);
  const isSame = (known: { desired: number } | null | undefined, wanted: number): boolean =>
    known === undefined || known === null || known.desired === wanted;
  const isSameSize = isSame(status.controlPlane, goal.controlPlane.replicas) && isSame(status.workers, workers);
  if (!isSameSize || isOpen(last, 'RESIZE')) return 'RESIZE';
  return last.type === 'STOP' ? 'START' : 'UPDATE';
}

/** What is not finished stays what it is when the object changes meanwhile: else the hooks after it would never run. */
function isOpen({ type, state }: Action, action: ActionType): boolean {
  return type === action && state !== 'succeeded';
}

/** The steps of an action in their order: hooks before, the provider's, hooks after. */
export function stepsOf(action: Action, provided: readonly string[], hooks: readonly Hook[]): PlannedStep[] {
  const { before, after } = HOOKS[action.type] ?? {};
  const at = (moment: HookMoment | undefined): PlannedStep[] =>
    hooks.filter((hook) => hook.moment === moment).map((hook) => ({ condition: hookCondition(hook), hook }));
  return [...at(before), ...provided.map((condition) => ({ condition })), ...at(after)];
}

export function hookCondition({ name }: Pick<Hook, 'name'>): string {
  return `${HOOK}${name}`;
}

export function isHook(conditionType: string): boolean {
  return conditionType.startsWith(HOOK);
}

/** The first step whose condition does not hold for this generation; undefined when all do. */
export function nextStep(
  steps: readonly PlannedStep[],
  conditions: readonly Condition[],
  generation: number,
): PlannedStep | undefined {
  return steps.find(({ condition }) => {
    const known = conditions.find(({ type }) => type === condition);
    return known?.status !== 'True' || known.observedGeneration !== generation;
  });
}
