/**
 * Finds the changes between two discoveries that the words of policies do not show: renames, moves, removed versions.
 * Pure.
 */
import type { ApiResource, Discovery } from './discovery.ts';
import { nameOf } from './words.ts';

/** The versions in which a resource is no longer served, and those in which it still is. */
export interface VersionChange {
  /** `deployments.apps` */
  readonly resource: string;
  readonly gone: readonly string[];
  readonly served: readonly string[];
}

/** A resource that is served in another API group only, under the same name. */
export interface Move {
  /** `widgets.x.io` */
  readonly resource: string;
  /** `widgets.y.io` */
  readonly to: readonly string[];
}

export interface ApiChanges {
  /** From each removed resource to the added ones with the same kind or a common short name. */
  readonly renames: ReadonlyMap<string, readonly string[]>;
  readonly moves: readonly Move[];
  /** Sorted by resource, as moves are. */
  readonly versions: readonly VersionChange[];
}

/** Compares what is served now with what the target serves. */
export function changesOf(now: Discovery, target: Discovery): ApiChanges {
  const [before, after] = [byName(now), byName(target)];
  const added = [...after].filter(([name]) => !before.has(name));
  const renames = new Map<string, string[]>();
  const moves: Move[] = [];
  const versions: VersionChange[] = [];
  for (const [name, old] of before) {
    const next = after.get(name);
    if (next !== undefined) versions.push(...versionChange(name, old, next));
    else {
      renames.set(
        name,
        added.filter(([, fresh]) => areOneKind(old, fresh)).map(([fresh]) => fresh),
      );
      const to = [...after].filter(([, fresh]) => areOnePlural(old, fresh)).map(([fresh]) => fresh);
      if (to.length > 0) moves.push({ resource: name, to });
    }
  }
  return { renames, moves, versions };
}

/**
 * Whether the kind and plural are the same in some group. The new group may have served the resource before the
 * upgrade, too.
 */
function areOnePlural(old: readonly ApiResource[], fresh: readonly ApiResource[]): boolean {
  return old.some((a) => fresh.some((b) => a.kind === b.kind && a.resource === b.resource));
}

function versionChange(resource: string, old: readonly ApiResource[], next: readonly ApiResource[]): VersionChange[] {
  const served = next.map(({ version }) => version);
  const gone = old.map(({ version }) => version).filter((version) => !served.includes(version));
  return gone.length === 0 ? [] : [{ resource, gone, served }];
}

function areOneKind(old: readonly ApiResource[], fresh: readonly ApiResource[]): boolean {
  return old.some((a) =>
    fresh.some((b) => a.kind === b.kind || a.shortNames.some((name) => b.shortNames.includes(name))),
  );
}

function byName(discovery: Discovery): Map<string, ApiResource[]> {
  return Map.groupBy(discovery, (each) => nameOf(each));
}

/**
 * What a cluster will serve after an upgrade: what the target release serves, except the APIs that this cluster has
 * disabled in its own release, plus its custom resources and extension servers, which stay. `now` is what it serves;
 * `release` and `target` are the stored discoveries of the two versions.
 */
export function expectedDiscovery(now: Discovery, release: Discovery, target: Discovery): Discovery {
  const key = (each: ApiResource): string => `${nameOf(each)} ${each.version}`;
  const known = new Set([...release, ...target].map(key));
  const served = new Set(now.map(key));
  const off = new Set(release.map(key).filter((each) => !served.has(each)));
  return [...target.filter((each) => !off.has(key(each))), ...now.filter((each) => !known.has(key(each)))];
}

/**
 * What a cluster served before its upgrade began, from what it serves during the upgrade, when API servers of both
 * releases answer: what its own release serves, plus what belongs to neither release.
 */
export function discoveryBefore(now: Discovery, release: Discovery, target: Discovery): Discovery {
  return expectedDiscovery(now, target, release);
}
