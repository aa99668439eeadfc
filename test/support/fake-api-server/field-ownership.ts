/**
 * Which manager owns which field of an object, and server-side apply on top of it. A path names one value; items of the lists
 * in LIST_KEYS have a path of their own, every other list is one value. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, type JsonObject } from './json.ts';

/** Lists that are merged by item: the field of the list, and the field that tells its items apart ('' for the item itself). */
const LIST_KEYS: Readonly<Record<string, string>> = { conditions: 'type', ownerReferences: 'uid', finalizers: '' };

/** Never owned: what names the object, and what the server sets. */
const UNOWNED = new Set([
  'apiVersion',
  'kind',
  ...['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp'].map(
    (name) => `metadata/${name}`,
  ),
]);

/** Paths by manager. */
export type Owners = ReadonlyMap<string, ReadonlySet<string>>;

/** The values of an object by path. */
export function leavesOf(value: JsonObject): Map<string, Json> {
  const leaves = new Map<string, Json>();
  collect(value, '', leaves);
  return leaves;
}

function collect(value: Json | undefined, path: string, leaves: Map<string, Json>): void {
  if (value === undefined || UNOWNED.has(path)) return;
  const children = childrenOf(value, path);
  if (children === undefined) leaves.set(path, value);
  else for (const [name, child] of children) collect(child, path === '' ? name : `${path}/${name}`, leaves);
}

/** The parts of a value that have paths of their own; undefined for a single value. An empty object is a value, too. */
function childrenOf(value: Json, path: string): [string, Json | undefined][] | undefined {
  if (isObject(value)) return Object.keys(value).length === 0 && path !== '' ? undefined : Object.entries(value);
  const key = LIST_KEYS[path.slice(path.lastIndexOf('/') + 1)];
  if (!Array.isArray(value) || key === undefined) return undefined;
  return value.map((item: Json) => [`[${JSON.stringify(key === '' || !isObject(item) ? item : item[key])}]`, item]);
}

/** The owners after `manager` wrote by create, update or merge patch: what it changed is its own, and no longer others'. */
export function ownersAfterWrite(owners: Owners, manager: string, before: JsonObject, after: JsonObject): Owners {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const changed = [...now.keys()].filter((path) => !isDeepStrictEqual(old.get(path), now.get(path)));
  const kept = new Map([...owners].map(([name, paths]) => [name, present(paths, now, changed)]));
  return kept.set(manager, new Set([...(kept.get(manager) ?? []), ...changed]));
}

function present(paths: ReadonlySet<string>, now: ReadonlyMap<string, Json>, changed: readonly string[]): Set<string> {
  return new Set([...paths].filter((path) => now.has(path) && !changed.includes(path)));
}

export interface Applied {
  readonly object: JsonObject;
  readonly owners: Owners;
  /** Paths that another manager set to another value. Without force, the server refuses the request because of them. */
  readonly conflicts: readonly string[];
}

/** Applies `body`: sets its fields, and removes those that `manager` applied before and no one else owns. */
export function applyFields(current: JsonObject, owners: Owners, manager: string, body: JsonObject): Applied {
  const [live, wanted] = [leavesOf(current), leavesOf(body)];
  const others = [...owners].filter(([name]) => name !== manager);
  const conflicts = [...wanted]
    .filter(([path, value]) => !isDeepStrictEqual(live.get(path), value))
    .map(([path]) => path)
    .filter((path) => others.some(([, paths]) => paths.has(path)));
  const removed = [...(owners.get(manager) ?? [])].filter(
    (path) => !wanted.has(path) && !others.some(([, paths]) => paths.has(path)),
  );
  const left = new Map(
    others.map(([name, paths]) => [name, new Set([...paths].filter((path) => !conflicts.includes(path)))]),
  );
  const merged = merge(current, body, '');
  return {
    object: prune(merged, '', new Set(removed)) as JsonObject,
    owners: new Map<string, ReadonlySet<string>>([...left, [manager, new Set(wanted.keys())]]),
    conflicts,
  };
}

/** Sets the fields of `patch`, item by item in the lists that are merged so. */
function merge(target: Json | undefined, patch: Json, path: string): Json {
  const [old, now] = [target === undefined ? undefined : childrenOf(target, path), childrenOf(patch, path)];
  if (now === undefined || (old === undefined && !isObject(patch))) return patch;
  const merged = new Map(old ?? []);
  for (const [name, value] of now) {
    if (value !== undefined) merged.set(name, merge(merged.get(name), value, path === '' ? name : `${path}/${name}`));
  }
  return Array.isArray(patch) ? ([...merged.values()] as Json[]) : Object.fromEntries(merged);
}

/** Without the values at `paths`, and without the lists that this leaves empty. */
function prune(value: Json, path: string, paths: ReadonlySet<string>): Json | undefined {
  const children = childrenOf(value, path);
  if (children === undefined) return paths.has(path) ? undefined : value;
  const kept = children
    .map(([name, child]): [string, Json | undefined] => [
      name,
      child === undefined ? undefined : prune(child, path === '' ? name : `${path}/${name}`, paths),
    ])
    .filter(([, child]) => child !== undefined);
  const hasLost = kept.length < children.length;
  if (hasLost && kept.length === 0 && path !== '') return undefined;
  return Array.isArray(value) ? kept.map(([, child]) => child as Json) : Object.fromEntries(kept);
}
