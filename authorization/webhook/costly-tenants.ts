/**
 * Remembers the tenants whose rules recently took too many steps to evaluate. A replica decides one question at a time,
 * so a flood of costly questions would delay those of all other tenants. For ten seconds the tenant's questions may
 * take only a fifth of the steps. That is still more than a user of a thousand common policies needs: the tenant's
 * other questions are decided as usual, and only costly ones are denied sooner. One process shares one instance. Pure.
 */
import { STEPS_AT_MOST } from '../engine/meter.ts';

const PERIOD_MS = 10_000;
const REDUCED_STEPS = STEPS_AT_MOST / 5;
const TENANTS_KEPT = 10_000;

export class CostlyTenants {
  readonly #until = new Map<string, number>();

  /** How many steps a question of the tenant may take at `nowMs` (milliseconds since the epoch). */
  stepsFor(tenant: string, nowMs: number): number {
    const until = this.#until.get(tenant);
    if (until === undefined) return STEPS_AT_MOST;
    // The second check is for a clock that was set back: it must not stretch ten seconds to a year.
    if (nowMs < until && until - nowMs <= PERIOD_MS) return REDUCED_STEPS;
    this.#until.delete(tenant);
    return STEPS_AT_MOST;
  }

  /** Records that a question of the tenant took all of its steps. */
  note(tenant: string, nowMs: number): void {
    if (this.#until.size >= TENANTS_KEPT) this.#until.clear();
    this.#until.set(tenant, nowMs + PERIOD_MS);
  }
}
