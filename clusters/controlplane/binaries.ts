/**
 * Finds the programs of the control plane. In this order: KUBEBUILDER_ASSETS, the cache, the official release, a build
 * from the Go modules. kubectl is taken from PATH first.
 */
import { spawnSync } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from './build.ts';
import { download, type Origins, originsOf, UnavailableError } from './download.ts';
import { COMPONENTS, type Component, cacheDirectory, DEFAULT_RELEASE, type Release } from './release.ts';

/** For each component the program to start and its first arguments. */
export type Binaries = Readonly<Record<Component, readonly string[]>>;

export interface FindOptions {
  /** Which version; the hub's by default. */
  readonly release?: Release;
  readonly log?: (line: string) => void;
  /** Aborting it ends a download or a build; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** A build gives way to everything else on this machine. */
  readonly lowPriority?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly cache?: string;
  /** Builds the program that is all components to the given path. */
  readonly build?: typeof build;
}

/** The name of the built program in the cache. */
const ALL_IN_ONE = 'controlplane';

/** Finds, or makes, every program. Throws when a download does not fit its checksum, or nothing can be built. */
export async function findBinaries(options: FindOptions = {}): Promise<Binaries> {
  const { log = (): void => {}, release = DEFAULT_RELEASE, signal, lowPriority } = options;
  const { cache = cacheDirectory(release) } = options;
  const env = environmentOf(options.env ?? process.env, release);
  const found = await present(env, cache);
  const missing = COMPONENTS.filter((component) => found[component] === undefined);
  if (missing.length === 0) return complete(found);
  await mkdir(cache, { recursive: true });
  const origins = originsOf(env);
  if (origins !== undefined && (await downloadAll(missing, { origins, cache, release, log, signal })))
    return complete(await present(env, cache));
  await (options.build ?? build)(path.join(cache, ALL_IN_ONE), { release, log, signal, lowPriority });
  return complete(await present(env, cache));
}

/** Nobody knows which version KUBEBUILDER_ASSETS has; it can only be taken for the one that everything runs on. */
function environmentOf(env: NodeJS.ProcessEnv, release: Release): NodeJS.ProcessEnv {
  return release === DEFAULT_RELEASE ? env : { ...env, KUBEBUILDER_ASSETS: '' };
}

type Partly = Partial<Record<Component, readonly string[]>>;

/** What is there without doing anything. */
async function present(env: NodeJS.ProcessEnv, cache: string): Promise<Partly> {
  const assets = env['KUBEBUILDER_ASSETS'] ?? '';
  const found: Partly = {};
  for (const component of COMPONENTS) {
    const candidates = [
      ...(component === 'kubectl' && spawnSync('kubectl', ['version', '--client'], { env }).status === 0
        ? [['kubectl']]
        : []),
      ...(assets === '' ? [] : [[path.join(assets, component)]]),
      [path.join(cache, component)],
      [path.join(cache, ALL_IN_ONE), component],
    ];
    const runnable = await firstRunnable(candidates);
    if (runnable !== undefined) found[component] = runnable;
  }
  return found;
}

async function firstRunnable(candidates: readonly (readonly string[])[]): Promise<readonly string[] | undefined> {
  for (const candidate of candidates) {
    const [program = ''] = candidate;
    // A bare name was found on PATH already.
    const runs =
      !program.includes('/') ||
      (await access(program, constants.X_OK).then(
        () => true,
        () => false,
      ));
    if (runs) return candidate;
  }
  return undefined;
}

interface Download {
  readonly origins: Origins;
  readonly cache: string;
  readonly release: Release;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Whether all were downloaded. Nothing is lost when the origin can't be reached: the build follows. */
async function downloadAll(
  components: readonly Component[],
  { origins, cache, release, log, signal }: Download,
): Promise<boolean> {
  for (const component of components) {
    log(`downloading ${component} ${component === 'etcd' ? release.etcd : release.kubernetes}`);
    try {
      await download(component, origins, path.join(cache, component), { release, signal });
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      log(`  not to be had: ${error.message}`);
      return false;
    }
  }
  return true;
}

function complete(found: Partly): Binaries {
  const missing = COMPONENTS.filter((component) => found[component] === undefined);
  if (missing.length > 0) throw new Error(`no program for ${missing.join(', ')}`);
  return found as Binaries;
}
