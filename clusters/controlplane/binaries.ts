/**
 * Finds the programs of the control plane. It looks in KUBEBUILDER_ASSETS and in the cache, then downloads the official
 * release, then builds from the Go modules. It prefers a kubectl on PATH.
 */
import { spawnSync } from 'node:child_process';
import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { build } from './build.ts';
import { download, type Origins, originsOf, UnavailableError } from './download.ts';
import { COMPONENTS, type Component, cacheDirectory, DEFAULT_RELEASE, type Release } from './release.ts';

/** For each component, the program to start and its first arguments. */
export type Binaries = Readonly<Record<Component, readonly string[]>>;

export interface FindOptions {
  /** The version; that of the hub by default. */
  readonly release?: Release;
  readonly log?: (line: string) => void;
  /** Aborting it ends a download or a build; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** A build gives way to everything else on this machine. */
  readonly lowPriority?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly cache?: string;
  /** Builds the program with all components to the given path. */
  readonly build?: typeof build;
}

/** The name of the built program in the cache. */
const ALL_IN_ONE = 'controlplane';

/** Finds, downloads or builds every program. Throws when a checksum is wrong, or a build fails. */
export async function findBinaries(options: FindOptions = {}): Promise<Binaries> {
  const { log = (): void => {}, release = DEFAULT_RELEASE, signal, lowPriority } = options;
  const { cache = cacheDirectory(release) } = options;
  const env = environmentOf(options.env ?? process.env, release);
  const found = await present(env, cache);
  const missing = COMPONENTS.filter((component) => found[component] === undefined);
  if (missing.length === 0) return complete(found);
  await createCache(cache);
  const origins = originsOf(env);
  if (origins !== undefined && (await downloadAll(missing, { origins, cache, release, log, signal })))
    return complete(await present(env, cache));
  await (options.build ?? build)(path.join(cache, ALL_IN_ONE), { release, log, signal, lowPriority });
  return complete(await present(env, cache));
}

async function createCache(cache: string): Promise<void> {
  try {
    await mkdir(cache, { recursive: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot create the cache folder ${cache}; set XDG_CACHE_HOME to a writable folder: ${reason}`, {
      cause: error,
    });
  }
}

/** KUBEBUILDER_ASSETS does not say its version. It is assumed to be that of the hub, and ignored for any other. */
function environmentOf(env: NodeJS.ProcessEnv, release: Release): NodeJS.ProcessEnv {
  return release === DEFAULT_RELEASE ? env : { ...env, KUBEBUILDER_ASSETS: '' };
}

type PartialBinaries = Partial<Record<Component, readonly string[]>>;

/** The programs that are on this machine already. */
async function present(env: NodeJS.ProcessEnv, cache: string): Promise<PartialBinaries> {
  const assets = env['KUBEBUILDER_ASSETS'] ?? '';
  const found: PartialBinaries = {};
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
    // A bare name was already found on PATH.
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

/** Returns whether all were downloaded. An unavailable origin is no error: the build comes next. */
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
      log(`  unavailable: ${error.message}`);
      return false;
    }
  }
  return true;
}

function complete(found: PartialBinaries): Binaries {
  const missing = COMPONENTS.filter((component) => found[component] === undefined);
  if (missing.length > 0) throw new Error(`no program for ${missing.join(', ')}`);
  return found as Binaries;
}
