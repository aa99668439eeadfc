/**
 * The people who could grant what somebody lacks: those of his tenant who may fill its groups or create a Grant. It is
 * advice, so it may be a minute old: asking the rules takes some milliseconds, too long for every refusal.
 */
import type { Permission } from '../engine/graph.ts';
import { linesForAction, onObject } from '../engine/permissions-for.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import { holdersOfAny } from '../engine/who-can.ts';
import type { Effect } from '../rules/line.ts';
import { isGroupNode, readNode } from '../rules/node-name.ts';

const AGE_MS = 60_000;
const TENANTS_KEPT = 10_000;
const LONGEST_TENANT = 253;
/** Who may fill one group of a tenant mostly may fill them all. */
const GROUPS_ASKED = 3;

/** A function from a tenant to the names of its people, sorted. */
export function grantorsIn(index: RuleIndex, nowMs: () => number): (tenant: string) => readonly string[] {
  let advice = new Advice(index, nowMs());
  return (tenant) => {
    const at = nowMs();
    if (at < advice.atMs || at - advice.atMs > AGE_MS) advice = new Advice(index, at);
    return advice.in(tenant);
  };
}

/** The advice of one moment: the rules are gone through once, for all tenants that are asked about. */
class Advice {
  readonly atMs: number;
  readonly #index: RuleIndex;
  readonly #known = new Map<string, readonly string[]>();
  #material: Material | undefined;

  constructor(index: RuleIndex, atMs: number) {
    this.#index = index;
    this.atMs = atMs;
  }

  in(tenant: string): readonly string[] {
    const known = this.#known.get(tenant);
    if (known !== undefined) return known;
    // Tenants come from requests; a flood of made-up ones must not pile up here.
    if (this.#known.size > TENANTS_KEPT) this.#known.clear();
    this.#material ??= materialOf(this.#index);
    const names = namesIn(this.#material, tenant, this.atMs);
    if (tenant.length <= LONGEST_TENANT) this.#known.set(tenant, names);
    return names;
  }
}

type Lines = Readonly<Record<Effect, readonly Permission[]>>;

interface Material {
  readonly createGrant: Lines;
  readonly updateGroup: Lines;
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

function materialOf(index: RuleIndex): Material {
  const lines = (action: string): Lines => ({
    allow: [...linesForAction(index, action, 'allow')],
    deny: [...linesForAction(index, action, 'deny')],
  });
  const groups = [...index.names()].filter(({ text }) => isGroupNode(text)).map(({ text }) => readNode(text));
  const byTenant = Map.groupBy(groups, ({ tenant }) => tenant ?? '');
  return {
    createGrant: lines('createGrant'),
    updateGroup: lines('updateGroup'),
    groups: new Map(
      [...byTenant].map(([tenant, names]) => [
        tenant,
        names
          .map(({ name }) => name)
          .sort()
          .slice(0, GROUPS_ASKED),
      ]),
    ),
  };
}

function namesIn({ createGrant, updateGroup, groups }: Material, tenant: string, nowMs: number): string[] {
  const granting: readonly (readonly [Lines, string])[] = [
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
