/** Conditions of a status (metav1.Condition). Pure. */
import { shortened } from '../../api/schema/message.ts';

export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** One CamelCase word, for machines. */
  readonly reason: string;
  /** A sentence, for people. */
  readonly message: string;
  readonly observedGeneration?: number | undefined;
  readonly lastTransitionTime: string;
}

/**
 * The list with `wanted` set, sorted by type. lastTransitionTime changes only with the status, so that an unchanged observation
 * results in an equal list.
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
