/**
 * The people who could grant what somebody lacks: those of his tenant who may fill its groups or create a Grant. It is
 * advice, so it may be a minute old: asking the rules takes some milliseconds, too long for every refusal.
 */
import type { RuleIndex } from '../engine/rule-index.ts';
import { whoCan } from '../engine/who-can.ts';
import { readNode } from '../rules/node-name.ts';

const AGE_MS = 60_000;
const TENANTS_KEPT = 10_000;
/** Who may fill one group of a tenant mostly may fill them all. */
const GROUPS_ASKED = 3;

/** A function from a tenant to the names of its people, sorted. */
export function whomToAskIn(index: RuleIndex, nowMs: () => number): (tenant: string) => readonly string[] {
  const known = new Map<string, { readonly atMs: number; readonly names: readonly string[] }>();
  return (tenant) => {
    const at = nowMs();
    const before = known.get(tenant);
    if (before !== undefined && at >= before.atMs && at - before.atMs < AGE_MS) return before.names;
    // Tenants come from requests; a flood of made-up ones must not pile up here.
    if (known.size > TENANTS_KEPT) known.clear();
    const names = grantorsOf(index, tenant, at);
    known.set(tenant, { atMs: at, names });
    return names;
  };
}

function grantorsOf(index: RuleIndex, tenant: string, nowMs: number): string[] {
  const granting = [
    { action: 'createGrant', object: 'grant:*' },
    ...groupsOf(index, tenant).slice(0, GROUPS_ASKED).map((group) => ({ action: 'updateGroup', object: `group:${group}` })),
  ];
  const users = granting.flatMap((asked) => whoCan(index, { domain: '', ...asked }, nowMs).users).map((user) => readNode(user));
  return [...new Set(users.filter((user) => user.tenant === tenant).map(({ name }) => name))].sort();
}

function groupsOf(index: RuleIndex, tenant: string): string[] {
  const names = [...index.names()].map(({ text }) => readNode(text));
  return names.filter((name) => name.kind === 'group' && name.tenant === tenant).map(({ name }) => name).sort();
}
