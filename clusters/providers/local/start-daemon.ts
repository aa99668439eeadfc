/** Starts a daemon and looks what became of it: a port that somebody else has is the commonest reason for an early end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { failed, type StepResult } from '../provider.ts';
import { type Daemon, type DaemonPlace, endOfLog, runningDaemon, startDaemon } from './daemon.ts';

const WATCHED_MS = 700;

/** Starts it, unless it runs. Undefined when it still runs after a moment; else what it said at its end. `ports` are those that it listens at. */
export async function begin(daemon: Daemon, ports: readonly number[]): Promise<StepResult | undefined> {
  try {
    await startDaemon(daemon);
  } catch (error) {
    return explained(daemon, ports, error instanceof Error ? error.message : String(error));
  }
  return endedEarly(daemon, ports);
}

/** Undefined when it still runs after a moment. */
export async function endedEarly(place: DaemonPlace, ports: readonly number[]): Promise<StepResult | undefined> {
  for (let waited = 0; waited < WATCHED_MS; waited += 100) {
    await sleep(100);
    if ((await runningDaemon(place)) === undefined) return explained(place, ports, await endOfLog(place));
  }
  return undefined;
}

/** What the end of its log says of a daemon that is not running. */
function explained({ name }: DaemonPlace, ports: readonly number[], said: string): StepResult {
  if (said.includes('address already in use')) {
    const port = ports.find((each) => said.includes(`:${each}`)) ?? ports[0];
    return failed(
      'PortInUse',
      `${name} can't have its port ${port ?? ''} of 127.0.0.1, which another program uses: end that program (ss -ltnp shows it); ${said}`,
    );
  }
  if (said.includes('no space left on device'))
    return failed('DiskFull', `${name} can't write: the disk is full; ${said}`);
  return failed('ProcessEnded', `${name} ended; ${said}`);
}
