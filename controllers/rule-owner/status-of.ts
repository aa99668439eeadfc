/** Translation → status: what the author of an object is told about it. Pure. */
import type { Subject } from '../../api/schema/fields.ts';
import { type Condition, setCondition } from '../../runtime/loop/conditions.ts';
import type { OwnerObject, OwnerStatus } from './owner.ts';
import { loginName, type Problem, type Translation } from './translation.ts';

/** The longest list that a status may hold. A group of groups may have more members; its Rules have them all. */
const MAX_LISTED = 10_000;

/** How things stand after the writes. */
export interface Standing {
  /** How many Rules the owner holds. */
  readonly rules: number;
  /** When it ends, in milliseconds since the epoch; undefined when it has no end. */
  readonly endsAtMs: number | undefined;
  readonly nowMs: number;
}

/** The status of an owner whose Rules stand as translated. */
export function statusOf(
  object: OwnerObject,
  translation: Translation,
  standing: Standing,
): OwnerStatus & { expired?: boolean | undefined } {
  const { endsAtMs, nowMs } = standing;
  // An end that can't be read has passed, as it has for the engine.
  const expired = endsAtMs !== undefined && !(endsAtMs > nowMs);
  const missing = translation.problems.flatMap((problem) => (problem.missing === undefined ? [] : [problem.missing]));
  const status = {
    phase: 'Active',
    conditions: setCondition(object.status?.conditions ?? [], readyOf(object, translation, expired), isoOf(nowMs)),
    observedGeneration: object.metadata.generation ?? 0,
    rules: standing.rules,
    users: unique(translation.users),
    groups: unique(translation.groups),
    missing,
  };
  return { ...status, expired: endsAtMs === undefined ? undefined : expired };
}

/** The status of an owner that is being deleted: what its finalizer waits for. */
export function terminatingStatus(object: OwnerObject, waitsFor: string, nowMs: number): OwnerStatus {
  const condition = ready(object, 'False', 'Terminating', waitsFor);
  return {
    ...object.status,
    phase: 'Terminating',
    conditions: setCondition(object.status?.conditions ?? [], condition, isoOf(nowMs)),
  };
}

/** The status of an owner that can't be translated at all; its Rules stay as they are. */
export function failedStatus(object: OwnerObject, reason: string, message: string, nowMs: number): OwnerStatus {
  const condition = ready(object, 'False', reason, message);
  return { ...object.status, conditions: setCondition(object.status?.conditions ?? [], condition, isoOf(nowMs)) };
}

function readyOf(
  object: OwnerObject,
  translation: Translation,
  expired: boolean,
): Omit<Condition, 'lastTransitionTime'> {
  const [first] = translation.problems;
  if (first !== undefined) return ready(object, 'False', first.reason, messageOf(translation.problems));
  if (expired) return ready(object, 'True', 'Expired', 'the grant has ended and no longer counts');
  return ready(object, 'True', 'Translated', 'every line is in force');
}

function ready(
  object: OwnerObject,
  status: 'True' | 'False',
  reason: string,
  message: string,
): Omit<Condition, 'lastTransitionTime'> {
  return { type: 'Ready', status, reason, message, observedGeneration: object.metadata.generation ?? 0 };
}

function messageOf(problems: readonly Problem[]): string {
  return [...new Set(problems.map((problem) => problem.message))].sort().join('; ');
}

function unique(subjects: readonly Subject[]): Subject[] {
  const byId = new Map(subjects.map((subject) => [subject.id, { id: subject.id, name: loginName(subject) }]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, MAX_LISTED);
}

function isoOf(nowMs: number): string {
  return new Date(nowMs).toISOString();
}
