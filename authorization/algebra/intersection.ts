/**
 * Computes what two patterns both match, as a union of patterns. Pure.
 *
 * The size of the union can be exponential in the number of literal pieces. Above MAX_PATTERNS the result is `inexact`,
 * and the caller must assume the worst.
 */
import { foldCase } from '../engine/pattern.ts';
import { contains, includes, type Scope } from './inclusion.ts';

/** Real policies intersect in one to four patterns. */
const MAX_PATTERNS = 64;

/** A union of patterns, or `inexact` if it would have more than MAX_PATTERNS members. */
export type Union<T> = readonly T[] | 'inexact';

/** The patterns that together match exactly what both `left` and `right` match; none of them lies in another one. */
export function intersect(left: string, right: string): Union<string> {
  const known = new Map<string, Union<string>>();
  return meet(foldCase(left).replaceAll(/\*+/g, '*'), foldCase(right).replaceAll(/\*+/g, '*'), known);
}

/** The scopes that together hold exactly what both `left` and `right` hold. */
export function intersectScopes(left: Scope, right: Scope): Union<Scope> {
  const actions = intersect(left.action, right.action);
  const objects = intersect(left.object, right.object);
  if (actions.length === 0 || objects.length === 0) return [];
  if (actions === 'inexact' || objects === 'inexact' || actions.length * objects.length > MAX_PATTERNS)
    return 'inexact';
  return maximal(
    actions.flatMap((action) => objects.map((object) => ({ action, object }))),
    contains,
  );
}

/** `known` caches the result for each pair of remainders. Without it, the same pairs are computed again and again. */
function meet(left: string, right: string, known: Map<string, Union<string>>): Union<string> {
  // Both are ends of the same two patterns, so their lengths identify them.
  const key = `${left.length},${right.length}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const result = union(alternatives(left, right, known));
  known.set(key, result);
  return result;
}

/** If both patterns begin with `*`, one of the stars ends first. If only one does, its star is empty or takes a character. */
function alternatives(left: string, right: string, known: Map<string, Union<string>>): Union<string>[] {
  const [l, r] = [left.charAt(0), right.charAt(0)];
  // One pattern is at its end: only nothing is left to match.
  if (l === '' || r === '') return /^\*?$/.test(left + right) ? [['']] : [];
  if (l === '*' && r === '*') {
    return [prefixed('*', meet(left.slice(1), right, known)), prefixed('*', meet(left, right.slice(1), known))];
  }
  if (l === '*') return [meet(left.slice(1), right, known), prefixed(r, meet(left, right.slice(1), known))];
  if (r === '*') return [meet(left, right.slice(1), known), prefixed(l, meet(left.slice(1), right, known))];
  return l === r ? [prefixed(l, meet(left.slice(1), right.slice(1), known))] : [];
}

function prefixed(character: string, rests: Union<string>): Union<string> {
  if (rests === 'inexact') return rests;
  return rests.map((rest) => (character === '*' && rest.startsWith('*') ? rest : character + rest));
}

function union(parts: readonly Union<string>[]): Union<string> {
  const all = new Set<string>();
  for (const part of parts) {
    if (part === 'inexact') return part;
    for (const pattern of part) all.add(pattern);
  }
  // Before the quadratic search for those that lie in another one.
  return all.size > MAX_PATTERNS ? 'inexact' : maximal([...all], includes);
}

/** Drops what another member includes. Of two equal members, the first stays. */
function maximal<T>(all: readonly T[], isIn: (outer: T, inner: T) => boolean): T[] {
  return all.filter(
    (each, at) =>
      !all.some((other, otherAt) => otherAt !== at && isIn(other, each) && (otherAt < at || !isIn(each, other))),
  );
}
