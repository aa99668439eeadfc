/**
 * Turns a series of observations into one condition. Pure. No single probe decides:
 *
 *        failureThreshold failures        one more bad         one good
 *   True ─────────────────────────► Unknown ─────────► False ──────────► Unknown
 *     ▲                                │
 *     └──── successThreshold good ─────┘
 *
 * A condition is False only while the last failureThreshold probes all failed. A cluster that flaps below the
 * thresholds changes nothing, so nothing is written. Messages contain times, not ages: an age would have to be written
 * at each probe.
 */

import type { HealthCondition } from '../../api/platform/cluster-status.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import type { Thresholds } from './health-settings.ts';
import type { Observation } from './observation.ts';

/** A condition, and the consecutive probes that count towards its next change. */
export interface ConditionState {
  /** Undefined before the first probe. */
  readonly condition: Condition | undefined;
  readonly good: number;
  readonly notGood: number;
  readonly bad: number;
  readonly unknown: number;
  /** Consecutive probes with the reason of the last one. */
  readonly sameReason: number;
  readonly lastReason: string | undefined;
  /** When it was last known to be True, ISO 8601. */
  readonly trueAt: string | undefined;
}

/** Separates the problem from the time in a message. A new leader reads the time back from the status. */
const LAST_TRUE = '; last known True at ';
/** The longest problem in a message, so that the time after it fits. */
const MAX_PROBLEM_LENGTH = 800;

/** The state after the last leader wrote the condition. */
export function restore(condition: Condition | undefined, nowIso: string): ConditionState {
  const writtenTrueAt = condition?.message.split(LAST_TRUE)[1];
  return {
    condition,
    good: 0,
    notGood: 0,
    bad: 0,
    unknown: 0,
    sameReason: 0,
    lastReason: undefined,
    trueAt: condition?.status === 'True' ? nowIso : writtenTrueAt,
  };
}

/** The state after one more probe. If nothing changes, its condition is the same object, and nothing is written. */
export function judge(
  before: ConditionState,
  type: HealthCondition,
  { observation, thresholds, nowIso }: JudgeInput,
): ConditionState {
  const counted = count(before, observation);
  const known = before.condition;
  const status = statusAfter(known?.status, counted, thresholds);
  const trueAt = observation.outcome === 'good' && status === 'True' ? nowIso : before.trueAt;
  const stays =
    known !== undefined && status === known.status && !isOtherReason(known, observation, counted, thresholds);
  const condition = stays
    ? known
    : {
        type,
        status,
        ...contentOf(status, observation, trueAt),
        lastTransitionTime: known?.status === status ? known.lastTransitionTime : nowIso,
      };
  return { ...counted, condition, trueAt };
}

export interface JudgeInput {
  readonly observation: Observation;
  readonly thresholds: Thresholds;
  readonly nowIso: string;
}

function count(before: ConditionState, { outcome, reason }: Observation): ConditionState {
  const is = (wanted: Observation['outcome']): boolean => outcome === wanted;
  return {
    ...before,
    good: is('good') ? before.good + 1 : 0,
    notGood: is('good') ? 0 : before.notGood + 1,
    bad: is('bad') ? before.bad + 1 : 0,
    unknown: is('unknown') ? before.unknown + 1 : 0,
    sameReason: before.lastReason === reason ? before.sameReason + 1 : 1,
    lastReason: reason,
  };
}

type Status = Condition['status'];

function statusAfter(known: Status | undefined, counted: ConditionState, thresholds: Thresholds): Status {
  if (counted.good > 0) return afterGood(known, counted.good >= thresholds.successThreshold);
  // A cluster that was never seen healthy is Unknown first, and takes as long as any other to become False.
  return known === undefined ? 'Unknown' : afterFailure(known, counted, thresholds.failureThreshold);
}

function afterGood(known: Status | undefined, isEnough: boolean): Status {
  if (known === undefined || isEnough) return 'True';
  return known === 'False' ? 'Unknown' : known;
}

function afterFailure(known: Status, { notGood, bad, unknown }: ConditionState, threshold: number): Status {
  if (known === 'True') return notGood >= threshold ? 'Unknown' : 'True';
  if (known === 'False') return unknown >= threshold ? 'Unknown' : 'False';
  return bad >= threshold ? 'False' : 'Unknown';
}

/** The reason changes only when it is stable: a cluster may time out now and refuse connections then. */
function isOtherReason(
  known: Condition,
  { outcome, reason }: Observation,
  { sameReason }: ConditionState,
  { failureThreshold }: Thresholds,
): boolean {
  return outcome !== 'good' && known.status !== 'True' && reason !== known.reason && sameReason >= failureThreshold;
}

function contentOf(
  status: Status,
  { outcome, reason, message }: Observation,
  trueAt: string | undefined,
): Pick<Condition, 'reason' | 'message'> {
  if (status === 'True') return { reason, message };
  const since = trueAt === undefined ? '' : `${LAST_TRUE}${trueAt}`;
  if (outcome === 'good')
    return { reason: 'Recovering', message: `the last probe succeeded, but not enough probes in a row${since}` };
  return { reason, message: `${message.slice(0, MAX_PROBLEM_LENGTH)}${since}` };
}
