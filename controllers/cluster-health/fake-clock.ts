/** For tests: a clock that stands still until the test advances it, and API servers that answer by this clock. */
import { setImmediate as turn } from 'node:timers/promises';
import type { HttpResponse } from '../../runtime/client/transport.ts';
import type { Clock } from './clock.ts';
import type { ApiClient } from './connections.ts';

const BEGAN = Date.UTC(2026, 0, 1);

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  iso(): string {
    return new Date(BEGAN + this.#now).toISOString();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (ms <= 0 || signal?.aborted === true) return resolve();
      const sleeper: Sleeper = {
        at: this.#now + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
    });
  }

  /** Lets time pass. Each sleeper wakes at its own time. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await turn();
    for (let next = this.#earliest(end); next !== undefined; next = this.#earliest(end)) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      // Lets everything run that follows without more waiting.
      await turn();
    }
    this.#now = end;
  }

  /** Time passes, but no sleeper wakes: the process stands still. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #earliest(end: number): Sleeper | undefined {
    let found: Sleeper | undefined;
    for (const each of this.#sleepers) if (each.at <= end && (found === undefined || each.at < found.at)) found = each;
    return found;
  }
}

/** A stub API server that answers with a status after some milliseconds, or `hangs`. It counts requests. */
export class FakeApiServer implements ApiClient {
  readonly #clock: FakeClock;
  state: { readonly status: number; readonly afterMs: number } | 'hangs';
  requests = 0;
  #closed = new AbortController();

  constructor(clock: FakeClock, state: FakeApiServer['state'] = { status: 200, afterMs: 20 }) {
    this.#clock = clock;
    this.state = state;
  }

  async get(_path: string, timeoutMs = 30_000): Promise<HttpResponse> {
    this.requests += 1;
    const { state } = this;
    const takesMs = state === 'hangs' ? timeoutMs : Math.min(timeoutMs, state.afterMs);
    await this.#clock.sleep(takesMs, this.#closed.signal);
    if (this.#closed.signal.aborted) throw Object.assign(new Error('closed'), { code: 'UND_ERR_DESTROYED' });
    if (state === 'hangs' || state.afterMs > timeoutMs)
      throw Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' });
    return { status: state.status, body: '', retryAfterMs: undefined };
  }

  close(): Promise<void> {
    this.#closed.abort();
    this.#closed = new AbortController();
    return Promise.resolve();
  }
}
