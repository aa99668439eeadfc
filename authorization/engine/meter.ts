/**
 * The work of one decision, counted. Whoever writes policies chooses how long it takes to look through them, and one
 * process decides for all tenants: so a decision that takes more steps than this ends, and is a denial. Steps are
 * counted, not timed: replicas on slow and fast machines stop at the same place.
 */

/** A step takes 6 ns at the worst, so this is up to 18 ms. A user of a thousand common policies needs a seventh of it at the most. */
export const STEPS_AT_MOST = 3_000_000;

export class Meter {
  steps = 0;
  /** How many lines with a star were tried without counting, at most. */
  uncounted = 0;
  readonly limit: number;

  constructor(limit = STEPS_AT_MOST) {
    this.limit = limit;
  }

  get isSpent(): boolean {
    return this.steps > this.limit;
  }
}
