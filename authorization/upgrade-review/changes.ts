/** What differs between two discoveries that words alone do not show: new names, other groups, and versions that go. Pure. */
import type { ApiResource, Discovery } from './discovery.ts';
import { nameOf } from './words.ts';

/** Versions in which a resource is no longer served, and those in which it is. */
export interface VersionChange {
  /** `deployments.apps` */
  readonly resource: string;
  readonly gone: readonly string[];
  readonly served: readonly string[];
}

/** A resource that is served under its name in another API group only. */
export interface Move {
  /** `widgets.x.io` */
  readonly resource: string;
  /** `widgets.y.io` */
  readonly to: readonly string[];
}

export interface ApiChanges {
  /** From a resource that goes to what comes with the same kind or a same short name. */
  readonly renames: ReadonlyMap<string, readonly string[]>;
  readonly moves: readonly Move[];
  /** Sorted by resource, as moves are. */
  readonly versions: readonly VersionChange[];
}

export function changesOf(now: Discovery, target: Discovery): ApiChanges {
  const [before, after] = [byName(now), byName(target)];
  const come = [...after].filter(([name]) => !before.has(name));
  const renames = new Map<string, string[]>();
  const moves: Move[] = [];
  const versions: VersionChange[] = [];
  for (const [name, old] of before) {
    const next = after.get(name);
    if (next !== undefined) versions.push(...versionChange(name, old, next));
    else {
      renames.set(
        name,
        come.filter(([, fresh]) => areOneKind(old, fresh)).map(([fresh]) => fresh),
      );
      const to = [...after].filter(([, fresh]) => areOnePlural(old, fresh)).map(([fresh]) => fresh);
      if (to.length > 0) moves.push({ resource: name, to });
    }
  }
  return { renames, moves, versions };
}

/** Of one kind and plural, in whichever group: what the old group held may have been served by the new one before. */
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
 * What a cluster will serve: what the target release does, without what this cluster has switched off of its own release,
 * and with what it serves beyond that (its custom resources and extension servers stay as they are). `release` and `target`
 * are the data files of the two versions.
 */
export function expectedDiscovery(now: Discovery, release: Discovery, target: Discovery): Discovery {
  const key = (each: ApiResource): string => `${nameOf(each)} ${each.version}`;
  const known = new Set([...release, ...target].map(key));
  const served = new Set(now.map(key));
  const off = new Set(release.map(key).filter((each) => !served.has(each)));
  return [...target.filter((each) => !off.has(key(each))), ...now.filter((each) => !known.has(key(each)))];
}

/**
 * What a cluster served before its upgrade began, from what it serves in the middle of it, when servers of both releases
 * answer: its own release, and what is of neither.
 */
export function discoveryBefore(now: Discovery, release: Discovery, target: Discovery): Discovery {
  return expectedDiscovery(now, target, release);
}
