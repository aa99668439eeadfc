/** Conditions of a status (metav1.Condition): pure functions on lists of them. Pure. */
import { shortened } from '../../api/schema/message.ts';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** For machines: one word in CamelCase. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
  readonly observedGeneration?: number | undefined;
  readonly lastTransitionTime: string;
}

/**
 * The list with `wanted` in it, sorted by type. The time of the last transition changes only with the status, so that
 * finding the same again gives the same list.
 */
export function setCondition(
  existing: readonly Condition[],
  wanted: Omit<Condition, 'lastTransitionTime'>,
  nowIso: string,
): Condition[] {
  const before = existing.find((condition) => condition.type === wanted.type);
  const condition = {
    ...wanted,
    message: shortened(wanted.message),
    lastTransitionTime: before?.status === wanted.status ? before.lastTransitionTime : nowIso,
  };
  const others = existing.filter(({ type }) => type !== wanted.type);
  return [...others, condition].sort((a, b) => (a.type < b.type ? -1 : 1));
}
