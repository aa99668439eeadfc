/** Turns Ctrl-C into an AbortSignal, for programs that have to clean up before they exit. */
import { constants } from 'node:os';

/** Why a program stops early: the user asked for it. */
export class Interrupted extends Error {
  /** The exit code that shells expect of a program that a signal ended. */
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`stopped by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Returns a signal that aborts on SIGINT or SIGTERM; its reason is an Interrupted. The program must then exit by itself. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  // Repeated signals are ignored: a second Ctrl-C must not cut the cleanup short.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => controller.abort(new Interrupted(name)));
  return controller.signal;
}

/** Resolves or rejects as `work` does, or rejects with the signal's reason as soon as it aborts; `work` goes on unheard. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
  return Promise.race([work, aborted]);
}
