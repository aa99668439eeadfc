/**
 * Finds the users of a tenant who could grant what another user lacks: those who may update its groups or create a
 * Grant. The answer is advice, so it may be a minute old. Searching the rules takes some milliseconds, too long for
 * each refusal.
 */
import type { Permission } from '../engine/graph.ts';
import { linesForAction, onObject } from '../engine/permissions-for.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import { holdersOfAny } from '../engine/who-can.ts';
import type { Effect } from '../rules/line.ts';
import { isGroupNode, readNode } from '../rules/node-name.ts';

const MAX_AGE_MS = 60_000;
const TENANTS_AT_MOST = 10_000;
const CACHED_TENANT_CHARACTERS = 253;
/** A user who may update one group of a tenant can usually update all of them, so a few groups tell enough. */
const GROUPS_CHECKED = 3;

/** A function from a tenant to the names of its grantors, sorted. `nowMs`: milliseconds since the epoch. */
export function grantorsIn(index: RuleIndex, nowMs: () => number): (tenant: string) => readonly string[] {
  let snapshot = new Snapshot(index, nowMs());
  return (tenant) => {
    const at = nowMs();
    if (at < snapshot.atMs || at - snapshot.atMs > MAX_AGE_MS) snapshot = new Snapshot(index, at);
    return snapshot.grantorsOf(tenant);
  };
}

/** The grantors at one moment. It searches the rules once for all tenants. */
class Snapshot {
  readonly atMs: number;
  readonly #index: RuleIndex;
  readonly #known = new Map<string, readonly string[]>();
  #granting: GrantingLines | undefined;

  constructor(index: RuleIndex, atMs: number) {
    this.#index = index;
    this.atMs = atMs;
  }

  grantorsOf(tenant: string): readonly string[] {
    const known = this.#known.get(tenant);
    if (known !== undefined) return known;
    // Tenants come from requests, so a flood of invented ones must not fill the memory.
    if (this.#known.size > TENANTS_AT_MOST) this.#known.clear();
    this.#granting ??= grantingLines(this.#index);
    const names = namesIn(this.#granting, tenant, this.atMs);
    if (tenant.length <= CACHED_TENANT_CHARACTERS) this.#known.set(tenant, names);
    return names;
  }
}

type LinesByEffect = Readonly<Record<Effect, readonly Permission[]>>;

/** What the rules say about granting access. */
interface GrantingLines {
  readonly createGrant: LinesByEffect;
  readonly updateGroup: LinesByEffect;
  /** By tenant, the first groups by name. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

function grantingLines(index: RuleIndex): GrantingLines {
  const lines = (action: string): LinesByEffect => ({
    allow: [...linesForAction(index, action, 'allow')],
    deny: [...linesForAction(index, action, 'deny')],
  });
  return { createGrant: lines('createGrant'), updateGroup: lines('updateGroup'), groups: groupsByTenant(index) };
}

function groupsByTenant(index: RuleIndex): Map<string, string[]> {
  const groups = [...index.names()].filter(({ text }) => isGroupNode(text)).map(({ text }) => readNode(text));
  const byTenant = Map.groupBy(groups, ({ tenant }) => tenant ?? '');
  const firstOf = (names: readonly { name: string }[]): string[] =>
    names
      .map(({ name }) => name)
      .sort()
      .slice(0, GROUPS_CHECKED);
  return new Map([...byTenant].map(([tenant, names]) => [tenant, firstOf(names)]));
}

function namesIn({ createGrant, updateGroup, groups }: GrantingLines, tenant: string, nowMs: number): string[] {
  const granting: readonly (readonly [LinesByEffect, string])[] = [
    [createGrant, 'grant:*'],
    ...(groups.get(tenant) ?? []).map((group) => [updateGroup, `group:${group}`] as const),
  ];
  const users = granting
    .flatMap(
      ([{ allow, deny }, object]) =>
        holdersOfAny({ allows: onObject(allow, object), denies: onObject(deny, object) }, '', nowMs).users,
    )
    .map((user) => readNode(user));
  return [...new Set(users.filter((user) => user.tenant === tenant).map(({ name }) => name))].sort();
}
