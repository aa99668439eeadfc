/**
 * The tenants whose rules lately took too many steps to decide by. A replica decides one question at a time, so a flood
 * of such questions would delay everybody else's: for a while a tenant's questions may take a fifth of the steps. That is
 * still more than a user of a thousand common policies needs, so its other questions are decided as ever; only what is costly is denied sooner.
 */
import { STEPS_AT_MOST } from '../engine/meter.ts';

const FOR_MS = 10_000;
const STEPS_MEANWHILE = STEPS_AT_MOST / 5;
const TENANTS_KEPT = 10_000;

export class CostlyTenants {
  readonly #until = new Map<string, number>();

  /** How many steps a question of the tenant may take now. */
  stepsFor(tenant: string, nowMs: number): number {
    const until = this.#until.get(tenant);
    if (until === undefined) return STEPS_AT_MOST;
    // A clock that was put back must not make a moment of a year.
    if (nowMs < until && until - nowMs <= FOR_MS) return STEPS_MEANWHILE;
    this.#until.delete(tenant);
    return STEPS_AT_MOST;
  }

  /** A question of the tenant took all of its steps. */
  note(tenant: string, nowMs: number): void {
    if (this.#until.size >= TENANTS_KEPT) this.#until.clear();
    this.#until.set(tenant, nowMs + FOR_MS);
  }
}
