/** Step: the programs of the desired version are on this machine, and the disk has room for data. */
import { mkdir, statfs } from 'node:fs/promises';
import { done, failed, type StepContext, type StepResult } from '../../provider.ts';
import { runningDaemon } from '../daemon.ts';
import { etcdPlace } from '../etcd-process.ts';
import { layoutOf } from '../layout.ts';
import { goalOf } from '../machine.ts';
import type { LocalOptions } from '../options.ts';
import { type Programs, UnknownVersionError } from '../programs.ts';

/** etcd stops writing when its disk is full, and allocates 64 MB at once for its log alone. */
const NEEDED_MB = 300;

export async function ensurePrograms(
  context: StepContext,
  { directory }: LocalOptions,
  programs: Programs,
): Promise<StepResult> {
  const { version } = goalOf(context);
  const full = await roomProblem(directory);
  if (full !== undefined && !(await isRunning(context, directory))) return full;
  try {
    await programs.of(version, (line) => context.log.info(line, { version }));
  } catch (error) {
    if (error instanceof UnknownVersionError) return failed('VersionUnknown', error.message);
    throw error;
  }
  return done(`the programs of ${version} are on this machine`);
}

async function roomProblem(directory: string): Promise<StepResult | undefined> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(directory);
  const freeMb = Math.floor((bavail * bsize) / 2 ** 20);
  if (freeMb >= NEEDED_MB) return undefined;
  return failed(
    'DiskFull',
    `${directory} has ${freeMb} MB of free space, but ${NEEDED_MB} MB are needed: free some space, or start the controller with another --local-directory`,
  );
}

/** A running cluster has its room already. A disk with little left must not keep its processes from being restarted. */
async function isRunning(context: StepContext, directory: string): Promise<boolean> {
  const { uid, controlPlane } = goalOf(context).goal;
  const layout = layoutOf(directory, uid);
  const running = await Promise.all(
    Array.from({ length: controlPlane.replicas }, (_, index) => runningDaemon(etcdPlace(layout, index))),
  );
  return running.every((each) => each !== undefined);
}
