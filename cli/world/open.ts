/** Opens the world that the options name: manifests with -f, otherwise the hub of the kubeconfig. */
import { ManifestError } from '../../api/schema/define-kind.ts';
import { InputError } from '../errors.ts';
import type { WorldOptions } from '../options.ts';
import type { OpenWorld } from './world.ts';

/** Throws InputError. */
export async function openWorld(options: WorldOptions): Promise<OpenWorld> {
  const nowMs = timeOf(options.at);
  if (options.filename !== undefined) return openManifests(options.filename, options.recursive === true, nowMs);
  // Loads the Kubernetes client, which manifests do not need.
  const { openCluster } = await import('./cluster.ts');
  return openCluster(options, nowMs);
}

async function openManifests(sources: readonly string[], recursive: boolean, nowMs: number): Promise<OpenWorld> {
  const { readManifests } = await import('./manifests.ts');
  const { translatedWorld } = await import('./translated.ts');
  const manifests = await readManifests(sources, recursive);
  try {
    return { ...translatedWorld(manifests, nowMs), whoAmI: undefined, close: () => Promise.resolve() };
  } catch (error) {
    if (error instanceof ManifestError) throw new InputError(error.message);
    throw error;
  }
}

/** Milliseconds since the epoch. */
function timeOf(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InputError(`--at ${text}: not a time; write it like 2026-12-31T23:59:59Z`);
  return at;
}
