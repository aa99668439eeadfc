/**
 * Groups what a user may do for people: by project, then by object, with the actions folded by kind. Each deny stands
 * beside the allows that it overrides. Pure.
 */

import { overlap } from '../../authorization/algebra/overlap.ts';
import type { ChainLine } from '../../authorization/engine/chain.ts';
import type { Permissions } from '../../authorization/engine/what-can.ts';
import { EVERYWHERE } from '../../authorization/rules/line.ts';
import { foldActions, type KindVerbs } from './action-verbs.ts';

export interface PermissionSection {
  /** `*` for everywhere, or a project. */
  readonly domain: string;
  /** Every deny that starts in this domain, whether or not it overrides anything. */
  readonly denies: readonly DenyGroup[];
  readonly allows: readonly AllowGroup[];
}

export interface AllowGroup {
  /** Patterns of objects on which the same is allowed. */
  readonly objects: readonly string[];
  readonly kinds: readonly KindVerbs[];
  /** The denies that override a part of it, here or everywhere, each with only the actions that do. */
  readonly denies: readonly DenyGroup[];
}

export interface DenyGroup {
  readonly objects: readonly string[];
  readonly policies: readonly string[];
  readonly kinds: readonly KindVerbs[];
}

export function permissionSections(permissions: readonly Permissions[]): PermissionSection[] {
  const everywhere = permissions.find(({ domain }) => domain === EVERYWHERE)?.denies ?? [];
  return permissions.map(({ domain, allows, denies }) => ({
    domain,
    denies: denyGroups(denies),
    allows: allowGroups(allows, domain === EVERYWHERE ? denies : [...everywhere, ...denies]),
  }));
}

function allowGroups(allows: readonly ChainLine[], denies: readonly ChainLine[]): AllowGroup[] {
  const groups = [...Map.groupBy(allows, ({ object }) => object)].map(([object, lines]) => ({
    object,
    kinds: foldActions(lines.map(({ action }) => action)),
    denies: denyGroups(denies.filter((deny) => lines.some((allow) => overrides(deny, allow)))),
  }));
  return merged(groups);
}

function denyGroups(denies: readonly ChainLine[]): DenyGroup[] {
  const groups = [...Map.groupBy(denies, ({ object }) => object)].map(([object, lines]) => ({
    object,
    kinds: foldActions(lines.map(({ action }) => action)),
    policies: [...new Set(lines.map(({ policy }) => policy))].sort(),
  }));
  return merged(groups);
}

/** Groups that differ only in their object become one. */
function merged<T extends { readonly object: string }>(
  groups: readonly T[],
): (Omit<T, 'object'> & { readonly objects: readonly string[] })[] {
  const alike = Map.groupBy(groups, (group) => JSON.stringify({ ...group, object: undefined }));
  return [...alike.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const { object, ...rest } = first;
    return [{ ...rest, objects: [object, ...others.map((other) => other.object)] }];
  });
}

function overrides(deny: ChainLine, allow: ChainLine): boolean {
  return meet(deny.object, allow.object) && overlap(deny.action, allow.action);
}

/** A kind that contains other objects, at the start of a segment of an object pattern. */
const CONTAINER = /(?:^|[*/])(?:cluster|namespace|project|registrynamespace):/;

/**
 * Whether an object can match both patterns: `group:grp-*` is never within a namespace, though the stars would allow
 * it.
 */
function meet(deny: string, allow: string): boolean {
  const isOutsideContainers = /^[a-z]+:/.test(allow) && !CONTAINER.test(allow);
  return overlap(deny, allow) && !(isOutsideContainers && CONTAINER.test(deny));
}
