/**
 * The rules, indexed by the name that a decision meets first: edges by their member, permissions by their policy.
 * Whoever feeds it (the authorizer from its Rule cache, the CLI from files) sets and removes one Rule at a time;
 * a change is visible to the next decision.
 */
import type { GroupingLine, PermissionLine, RuleLine } from '../rules/line.ts';
import { type Pattern, compilePattern } from './pattern.ts';

/** Where a line comes from, for reasons: the Rule object and the object that owns it. */
export interface Source {
  readonly rule: string;
  readonly ownerKind: string;
  readonly ownerName: string;
}

export interface Edge {
  readonly line: GroupingLine;
  readonly source: Source;
  /** Milliseconds since the epoch from which the edge no longer counts; Infinity when it has no end. */
  readonly endsAtMs: number;
}

export interface Permission {
  readonly line: PermissionLine;
  readonly source: Source;
  readonly object: Pattern;
  readonly action: Pattern;
}

const NO_EDGES: ReadonlyMap<string, Edge> = new Map();
const NO_PERMISSIONS: ReadonlyMap<string, Permission> = new Map();

export class RuleIndex {
  readonly #lines = new Map<string, RuleLine>();
  readonly #edges = new Map<string, Map<string, Edge>>();
  readonly #permissions = new Map<string, Map<string, Permission>>();

  /** How many Rules count. */
  get size(): number {
    return this.#lines.size;
  }

  /** Adds a Rule, or replaces the one of that name. */
  set(line: RuleLine, source: Source): void {
    this.remove(source.rule);
    this.#lines.set(source.rule, line);
    if (line.ptype === 'g') {
      put(this.#edges, line.member, source.rule, { line, source, endsAtMs: endOf(line) });
    } else {
      const object = compilePattern(line.object);
      put(this.#permissions, line.policy, source.rule, { line, source, object, action: compilePattern(line.action) });
    }
  }

  /** Removes the Rule of that name; an unknown one is no error. */
  remove(rule: string): void {
    const line = this.#lines.get(rule);
    if (line === undefined) return;
    this.#lines.delete(rule);
    if (line.ptype === 'g') drop(this.#edges, line.member, rule);
    else drop(this.#permissions, line.policy, rule);
  }

  edgesFrom(member: string): Iterable<Edge> {
    return (this.#edges.get(member) ?? NO_EDGES).values();
  }

  permissionsOf(policy: string): Iterable<Permission> {
    return (this.#permissions.get(policy) ?? NO_PERMISSIONS).values();
  }
}

/** An end that is no time counts as passed: what can't be read must not grant for ever. */
function endOf(line: GroupingLine): number {
  if (line.notAfter === undefined) return Infinity;
  const at = Date.parse(line.notAfter);
  return Number.isNaN(at) ? -Infinity : at;
}

function put<T>(index: Map<string, Map<string, T>>, key: string, rule: string, entry: T): void {
  const entries = index.get(key);
  if (entries === undefined) index.set(key, new Map([[rule, entry]]));
  else entries.set(rule, entry);
}

function drop<T>(index: Map<string, Map<string, T>>, key: string, rule: string): void {
  const entries = index.get(key);
  entries?.delete(rule);
  if (entries?.size === 0) index.delete(key);
}
