/** Standing → the status that the author of the object reads. Pure. */
import type { OwnerReason } from '../../api/auth/reasons.ts';
import type { Subject } from '../../api/schema/fields.ts';
import { type Condition, setCondition } from '../../runtime/loop/conditions.ts';
import type { OwnerObject, OwnerStatus } from './owner.ts';
import type { InForce, Standing } from './standing.ts';
import { loginName, type Problem, type Translation } from './translation.ts';

/** The longest list of subjects that a status may hold. A nested group may have more members; its Rules cover them all. */
const MAX_LISTED = 10_000;

/** The Ready condition, without what is the same in all of them. */
interface Ready {
  readonly status: 'True' | 'False';
  readonly reason: OwnerReason;
  readonly message: string;
}

/** The status of an object in this standing; undefined when it stays as it is. */
export function ownerStatus(object: OwnerObject, standing: Standing, nowMs: number): OwnerStatus | undefined {
  if (standing.state === 'inForce') return statusInForce(object, standing, nowMs);
  const ready = notReady(standing);
  return ready === undefined ? undefined : withReady(object, ready, nowMs);
}

/** The status of an object whose Rules are as translated. */
export function statusInForce(
  object: OwnerObject,
  { translation, rules, endsAtMs }: InForce,
  nowMs: number,
): OwnerStatus & { expired?: boolean | undefined } {
  // An end that cannot be read has passed; the engine judges it in the same way.
  const expired = endsAtMs !== undefined && !(endsAtMs > nowMs);
  return {
    phase: 'Active',
    conditions: conditionsOf(object, readyOf(translation, expired), nowMs),
    observedGeneration: object.metadata.generation ?? 0,
    rules,
    users: unique(translation.users),
    groups: unique(translation.groups),
    missing: translation.problems.flatMap(({ missing }) => missing ?? []),
    expired: endsAtMs === undefined ? undefined : expired,
  };
}

function notReady(standing: Exclude<Standing, InForce>): Ready | undefined {
  if (standing.state === 'refused')
    return { status: 'False', reason: 'WriteFailed', message: `cannot write its Rules: ${standing.error.message}` };
  if (standing.state === 'released' || !standing.isReported) return undefined;
  return { status: 'False', reason: standing.reason, message: standing.message };
}

/** The status as it was, with another Ready condition: the Rules are not, or not yet, what a translation wants. */
function withReady(object: OwnerObject, ready: Ready, nowMs: number): OwnerStatus {
  const phase = object.metadata.deletionTimestamp === undefined ? object.status?.phase : 'Terminating';
  return { ...object.status, phase, conditions: conditionsOf(object, ready, nowMs) };
}

function readyOf({ problems }: Translation, expired: boolean): Ready {
  const [first] = problems;
  if (first !== undefined) return { status: 'False', reason: first.reason, message: problemText(problems) };
  if (expired) return { status: 'True', reason: 'Expired', message: 'the grant has ended and has no effect' };
  return { status: 'True', reason: 'Translated', message: 'all Rules are in force' };
}

function conditionsOf({ metadata, status }: OwnerObject, ready: Ready, nowMs: number): Condition[] {
  const condition = { type: 'Ready', ...ready, observedGeneration: metadata.generation ?? 0 };
  return setCondition(status?.conditions ?? [], condition, new Date(nowMs).toISOString());
}

/** What is wrong with an object, in one message. */
export function problemText(problems: readonly Problem[]): string {
  return [...new Set(problems.map((problem) => problem.message))].sort().join('; ');
}

function unique(subjects: readonly Subject[]): Subject[] {
  const byId = new Map(subjects.map((subject) => [subject.id, { id: subject.id, name: loginName(subject) }]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, MAX_LISTED);
}
