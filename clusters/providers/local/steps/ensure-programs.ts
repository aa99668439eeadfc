/** Step: the programs of the wanted version are on this machine, and there is room for data. */
import { mkdir, statfs } from 'node:fs/promises';
import { done, failed, type StepContext, type StepResult } from '../../provider.ts';
import { runningDaemon } from '../daemon.ts';
import { layoutOf } from '../layout.ts';
import { goalIn, type LocalOptions, programsOf, UnknownVersionError } from '../machine.ts';

/** etcd stops to write when its disk is full, and its log alone takes 64 MB at once. */
const NEEDED_MB = 300;

export async function ensurePrograms(context: StepContext, { directory }: LocalOptions): Promise<StepResult> {
  const { version = '' } = goalIn(context);
  const full = await roomProblem(directory);
  if (full !== undefined && !(await runsAlready(context, directory))) return full;
  try {
    await programsOf(version, (line) => context.log.info(line, { version }));
  } catch (error) {
    if (error instanceof UnknownVersionError) return failed('VersionUnknown', error.message);
    throw error;
  }
  return done(`the programs of ${version} are here`);
}

async function roomProblem(directory: string): Promise<StepResult | undefined> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { bavail, bsize } = await statfs(directory);
  const freeMb = Math.floor((bavail * bsize) / 2 ** 20);
  if (freeMb >= NEEDED_MB) return undefined;
  return failed(
    'DiskFull',
    `${freeMb} MB are free in ${directory}, and ${NEEDED_MB} MB are needed: free some, or start the controller with another --local-directory`,
  );
}

/** A cluster that runs has its room; that little more is left must not keep what dies of it from being started again. */
async function runsAlready(context: StepContext, directory: string): Promise<boolean> {
  const { uid, controlPlane } = goalIn(context);
  const layout = layoutOf(directory, uid);
  const running = await Promise.all(
    Array.from({ length: controlPlane.replicas }, (_, index) =>
      runningDaemon({ directory: layout.member(index), name: 'etcd' }),
    ),
  );
  return running.every((each) => each !== undefined);
}
