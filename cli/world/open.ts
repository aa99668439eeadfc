/** The world that the options of a command name: manifests with -f, else the cluster of the kubeconfig. */
import { ManifestError } from '../../api/schema/define-kind.ts';
import { InputError } from '../errors.ts';
import type { WorldOptions } from '../options.ts';
import type { World } from './world.ts';

export interface OpenWorld extends World {
  /** Who asks when nobody is named; undefined for manifests, which know no credentials. */
  readonly whoAmI: (() => Promise<Identity>) | undefined;
  close(): Promise<void>;
}

/** A user as the API server knows him. */
export interface Identity {
  readonly user: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Throws InputError. */
export async function openWorld(options: WorldOptions): Promise<OpenWorld> {
  const nowMs = timeOf(options.at);
  if (options.filename !== undefined) return openManifests(options.filename, options.recursive === true, nowMs);
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

function timeOf(text: string | undefined): number {
  if (text === undefined) return Date.now();
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InputError(`--at ${text}: not a time; write it like 2026-12-31T23:59:59Z`);
  return at;
}
