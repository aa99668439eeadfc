/**
 * Counts how often each step of each cluster failed in a row. The counts are lost with the process; a new process
 * simply tries again at once.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import { Backoff } from '../../runtime/cache/backoff.ts';

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;
/** A step reports a probably transient error, such as a timeout, only when this many attempts before it failed too. */
const TRANSIENT_FAILURES = 2;

export class Attempts {
  readonly #failures = new Map<string, { readonly backoff: Backoff; count: number }>();

  /** Counts one more failure. Returns the delay before the next attempt, in milliseconds. */
  fail(cluster: Cluster, condition: string): number {
    const key = keyOf(cluster, condition);
    const failures = this.#failures.get(key) ?? { backoff: new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS), count: 0 };
    failures.count += 1;
    this.#failures.set(key, failures);
    return Math.max(FIRST_RETRY_MS / 2, failures.backoff.next());
  }

  /** Whether the step has failed so few times in a row that one more failure may be transient. */
  mayBeTransient(cluster: Cluster, condition: string): boolean {
    return (this.#failures.get(keyOf(cluster, condition))?.count ?? 0) < TRANSIENT_FAILURES;
  }

  /** The step no longer fails: its count starts from zero. */
  reset(cluster: Cluster, condition: string): void {
    this.#failures.delete(keyOf(cluster, condition));
  }

  /** Drops all counts of a cluster that is gone. */
  forget({ metadata }: Cluster): void {
    for (const key of this.#failures.keys()) if (key.startsWith(`${metadata.uid ?? ''}/`)) this.#failures.delete(key);
  }
}

function keyOf({ metadata }: Cluster, condition: string): string {
  return `${metadata.uid ?? ''}/${condition}`;
}
