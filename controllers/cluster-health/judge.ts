/**
 * From what the probes saw to one condition. Pure. One probe decides nothing:
 *
 *        failureThreshold not good        one more bad         one good
 *   True ─────────────────────────► Unknown ─────────► False ──────────► Unknown
 *     ▲                                │
 *     └──── successThreshold good ─────┘
 *
 * False is said only while the last failureThreshold probes all failed. What alternates below the thresholds changes
 * nothing, so that nothing is written. Times in a message are moments, not ages: a message that grows older by itself
 * would be written at each probe.
 */

import type { HealthCondition } from '../../api/platform/cluster-status.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import type { Thresholds } from './health-settings.ts';
import type { Observation } from './observation.ts';

/** How a condition stands, and the probes that count towards its next change. */
export interface Standing {
  /** Undefined before anything was seen. */
  readonly condition: Condition | undefined;
  /** Probes in a row. */
  readonly good: number;
  readonly notGood: number;
  readonly bad: number;
  readonly nothing: number;
  /** Probes in a row with the reason of the last. */
  readonly sameReason: number;
  readonly lastReason: string | undefined;
  /** When it was last known to be True, ISO 8601. */
  readonly trueAt: string | undefined;
}

/** What stands between the problem and the moment: read again from the status by a new leader. */
const LAST_TRUE = '; last known True at ';
const MAX_PROBLEM = 800;

/** How it stood when the process before this one wrote the condition. */
export function restore(condition: Condition | undefined, nowIso: string): Standing {
  const told = condition?.message.split(LAST_TRUE)[1];
  return {
    condition,
    good: 0,
    notGood: 0,
    bad: 0,
    nothing: 0,
    sameReason: 0,
    lastReason: undefined,
    trueAt: condition?.status === 'True' ? nowIso : told,
  };
}

/** The standing after one more probe. Its condition is the same object when there is nothing to be written. */
export function judge(
  before: Standing,
  type: HealthCondition,
  { observation, thresholds, nowIso }: JudgeInput,
): Standing {
  const counted = count(before, observation);
  const known = before.condition;
  const status = statusAfter(known?.status, counted, thresholds);
  const trueAt = observation.seen === 'good' && status === 'True' ? nowIso : before.trueAt;
  const stays =
    known !== undefined && status === known.status && !isOtherReason(known, observation, counted, thresholds);
  const condition = stays
    ? known
    : {
        type,
        status,
        ...told(status, observation, trueAt),
        lastTransitionTime: known?.status === status ? known.lastTransitionTime : nowIso,
      };
  return { ...counted, condition, trueAt };
}

export interface JudgeInput {
  readonly observation: Observation;
  readonly thresholds: Thresholds;
  readonly nowIso: string;
}

function count(before: Standing, { seen, reason }: Observation): Standing {
  const is = (...wanted: Observation['seen'][]): boolean => wanted.includes(seen);
  return {
    ...before,
    good: is('good') ? before.good + 1 : 0,
    notGood: is('good') ? 0 : before.notGood + 1,
    bad: is('bad') ? before.bad + 1 : 0,
    nothing: is('nothing') ? before.nothing + 1 : 0,
    sameReason: before.lastReason === reason ? before.sameReason + 1 : 1,
    lastReason: reason,
  };
}

type Status = Condition['status'];

function statusAfter(known: Status | undefined, counted: Standing, thresholds: Thresholds): Status {
  if (counted.good > 0) return afterGood(known, counted.good >= thresholds.successThreshold);
  // What was never seen well is not known yet, and takes as long to be False as anything else.
  return known === undefined ? 'Unknown' : afterFailure(known, counted, thresholds.failureThreshold);
}

function afterGood(known: Status | undefined, isEnough: boolean): Status {
  if (known === undefined || isEnough) return 'True';
  return known === 'False' ? 'Unknown' : known;
}

function afterFailure(known: Status, { notGood, bad, nothing }: Standing, threshold: number): Status {
  if (known === 'True') return notGood >= threshold ? 'Unknown' : 'True';
  if (known === 'False') return nothing >= threshold ? 'Unknown' : 'False';
  return bad >= threshold ? 'False' : 'Unknown';
}

/** A cluster that times out now and refuses connections then is one in trouble, not one in news. */
function isOtherReason(
  known: Condition,
  { seen, reason }: Observation,
  { sameReason }: Standing,
  { failureThreshold }: Thresholds,
): boolean {
  return seen !== 'good' && known.status !== 'True' && reason !== known.reason && sameReason >= failureThreshold;
}

function told(
  status: Status,
  { seen, reason, message }: Observation,
  trueAt: string | undefined,
): Pick<Condition, 'reason' | 'message'> {
  if (status === 'True') return { reason, message };
  const since = trueAt === undefined ? '' : `${LAST_TRUE}${trueAt}`;
  if (seen === 'good')
    return { reason: 'Recovering', message: `it is well again, but not yet often enough in a row${since}` };
  return { reason, message: `${message.slice(0, MAX_PROBLEM)}${since}` };
}
