/**
 * Compares two permission sets: what a change gives, and what it takes away. Pure.
 *
 * A deny wins over every allow, so a set permits `allows` minus `denies`. A change gives nothing if and only if both of
 * these hold for each new allow:
 * - an old allow or a new deny includes it, and
 * - for each old deny, a new deny includes the intersection of the allow and that old deny.
 *
 * Both are inclusion tests, so the answer is exact whenever the intersections are.
 */
import { covers, type Scope } from './inclusion.ts';
import { intersectScopes } from './intersection.ts';

export interface PermissionSet {
  readonly allows: readonly Scope[];
  readonly denies: readonly Scope[];
}

/** Something that a change gives. */
export interface Gain {
  /** The allow that gives it. */
  readonly allow: Scope;
  /** `not-held`: no old allow contains it. `was-denied`: an old deny kept it away, and no new one does. */
  readonly why: 'not-held' | 'was-denied';
  /** The part that is gained: the whole allow, or what it shares with the old deny. */
  readonly part: Scope;
  /** False when the intersection was too large to compute: then `part` may be gained, or may not. */
  readonly isExact: boolean;
}

/** Everything that `after` permits and `before` does not; none means that nothing is gained. */
export function gains(before: PermissionSet, after: PermissionSet): Gain[] {
  return after.allows
    .filter((allow) => !covers(after.denies, allow))
    .flatMap((allow) => [...notHeld(allow, before), ...wasDenied(allow, before, after)]);
}

/** Everything that `before` permits and `after` does not. */
export function losses(before: PermissionSet, after: PermissionSet): Gain[] {
  return gains(after, before);
}

function notHeld(allow: Scope, before: PermissionSet): Gain[] {
  return covers(before.allows, allow) ? [] : [{ allow, why: 'not-held', part: allow, isExact: true }];
}

function wasDenied(allow: Scope, before: PermissionSet, after: PermissionSet): Gain[] {
  return before.denies.flatMap((deny): Gain[] => {
    if (covers(after.denies, deny)) return [];
    const shared = intersectScopes(allow, deny);
    if (shared === 'inexact') return [{ allow, why: 'was-denied', part: deny, isExact: false }];
    return shared
      .filter((part) => !covers(after.denies, part))
      .map((part) => ({ allow, why: 'was-denied', part, isExact: true }));
  });
}
