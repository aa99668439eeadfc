/** Starts a daemon, and explains why when it does not stay up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFree } from '../../controlplane/free-ports.ts';
import { failed, type StepResult } from '../provider.ts';
import { type Daemon, type DaemonPlace, endOfLog, runningDaemon, startDaemon } from './daemon.ts';

/** How long a started daemon is watched for an early end. */
const WATCHED_MS = 700;
const WATCH_EVERY_MS = 100;
/** A process that has just ended may keep its port for a moment longer than its lock. */
const PORT_TRIES = 3;

/**
 * Starts the daemon unless it runs. Returns undefined when it stays up, or else why not. `ports` are the ports that it
 * will listen on. They are checked before the start: how soon a process finds its port taken depends on how busy the
 * machine is.
 */
export async function launch(daemon: Daemon, ports: readonly number[]): Promise<StepResult | undefined> {
  if ((await runningDaemon(daemon)) !== undefined) return undefined;
  const taken = await firstTaken(ports);
  if (taken !== undefined) return portInUse(daemon.name, taken);
  try {
    await startDaemon(daemon);
  } catch (error) {
    return explained(daemon, ports, error instanceof Error ? error.message : String(error));
  }
  return endedEarly(daemon, ports);
}

async function firstTaken(ports: readonly number[]): Promise<number | undefined> {
  for (const port of ports) if (!(await becomesFree(port))) return port;
  return undefined;
}

async function becomesFree(port: number): Promise<boolean> {
  for (let tries = 0; tries < PORT_TRIES; tries++) {
    if (await isFree(port)) return true;
    await sleep(WATCH_EVERY_MS);
  }
  return false;
}

async function endedEarly(place: DaemonPlace, ports: readonly number[]): Promise<StepResult | undefined> {
  for (let waited = 0; waited < WATCHED_MS; waited += WATCH_EVERY_MS) {
    await sleep(WATCH_EVERY_MS);
    if ((await runningDaemon(place)) === undefined) return explained(place, ports, await endOfLog(place));
  }
  return undefined;
}

/** Explains the end of a daemon by the last words in its log. */
function explained({ name }: DaemonPlace, ports: readonly number[], lastWords: string): StepResult {
  if (lastWords.includes('address already in use')) {
    const port = ports.find((each) => lastWords.includes(`:${each}`)) ?? ports[0];
    return portInUse(name, port, lastWords);
  }
  if (lastWords.includes('no space left on device'))
    return failed('DiskFull', `${name} cannot write because the disk is full: free some space; ${lastWords}`);
  return failed('ProcessEnded', `${name} ended; ${lastWords}`);
}

function portInUse(name: string, port: number | undefined, lastWords?: string): StepResult {
  return failed(
    'PortInUse',
    `${name} cannot use its port ${port ?? ''} of 127.0.0.1 because another program does: end that program (ss -ltnp shows it)${lastWords === undefined ? '' : `; ${lastWords}`}`,
  );
}
