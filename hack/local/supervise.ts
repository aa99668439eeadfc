/** Restarts a process of `make run` when it exits, with a backoff like the kubelet's, and reports both. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child, ExitInfo } from '../controlplane/child.ts';

export interface SupervisedProcess {
  readonly name: string;
  /** The child that runs now. */
  readonly child: () => Child;
  /** Starts it again; `child` then returns the new one. */
  readonly restart: () => Promise<unknown>;
}

export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
  /** A process that ran this long starts with the first delay again. */
  readonly resetAfterMs: number;
}

/** The kubelet's, but it begins with 10 s: at a terminal someone is waiting. */
const BACKOFF: Backoff = { firstMs: 1_000, longestMs: 300_000, resetAfterMs: 600_000 };

export interface SuperviseOptions {
  readonly log: (line: string) => void;
  /** Ends the supervision; the process itself goes on. */
  readonly signal: AbortSignal;
  readonly backoff?: Backoff;
}

/** Restarts the process each time it exits, until the signal aborts. Never rejects. */
export async function supervise(
  process: SupervisedProcess,
  { log, signal, backoff = BACKOFF }: SuperviseOptions,
): Promise<void> {
  let delayMs = 0;
  while (!signal.aborted) {
    const started = Date.now();
    const child = process.child();
    const exit = await child.exited;
    delayMs = nextDelay(delayMs, Date.now() - started, backoff);
    if (signal.aborted) return;
    log(`${process.name} ${wayOf(exit)}; restarting it in ${delayMs / 1_000} s (log: ${child.logFile})`);
    const waited = await sleep(delayMs, true, { signal }).catch(() => false);
    if (waited) await restart(process, log);
  }
}

function nextDelay(lastMs: number, ranMs: number, { firstMs, longestMs, resetAfterMs }: Backoff): number {
  return lastMs === 0 || ranMs >= resetAfterMs ? firstMs : Math.min(2 * lastMs, longestMs);
}

function wayOf({ code, signal }: ExitInfo): string {
  return signal === null ? `exited with code ${code ?? 'unknown'}` : `was killed by ${signal}`;
}

async function restart(process: SupervisedProcess, log: (line: string) => void): Promise<void> {
  try {
    await process.restart();
    log(`${process.name} restarted (process ${process.child().pid})`);
  } catch (error) {
    log(`${process.name} did not restart: ${error instanceof Error ? error.message : String(error)}`);
  }
}
