/**
 * Whether one pattern matches everything that another one matches. Pure.
 *
 * Patterns know only `*`, so one test decides it: replace every `*` of the inner pattern with a letter that neither
 * pattern contains. Only a `*` of the outer pattern can match that letter, so if the outer pattern matches the result,
 * it matches whatever else stands in the letter's place. The result itself is a text that the inner pattern matches,
 * so if the outer pattern does not match it, the inner pattern is not included.
 *
 * The same text decides a union: it lies in the union only if it lies in one of its patterns, and then the whole inner
 * pattern lies in that one. (Sato, Mukouchi, Zheng: Characteristic sets for unions of regular pattern languages and
 * compactness, 1998, prove this without a fresh letter, for large enough alphabets.)
 */
import { compilePattern, foldCase, matches } from '../engine/pattern.ts';

/** The first of the characters that stand for "any other letter": Unicode assigns no meaning to this range. */
const PRIVATE_USE_START = 0xe000;

/** Actions on objects, as patterns. */
export interface Scope {
  readonly action: string;
  readonly object: string;
}

/** Whether `outer` matches every text that `inner` matches. Letter case does not count, as in decisions. */
export function includes(outer: string, inner: string): boolean {
  return matches(compilePattern(outer), freshText(inner, outer));
}

/** Whether `outer` contains every action on every object of `inner`. */
export function contains(outer: Scope, inner: Scope): boolean {
  return includes(outer.action, inner.action) && includes(outer.object, inner.object);
}

/** Whether the union of `outers` contains every action on every object of `inner`. Exact: no solver could say more. */
export function covers(outers: readonly Scope[], inner: Scope): boolean {
  return outers.some((outer) => contains(outer, inner));
}

/** A folded text that `pattern` matches, with a letter for each `*` that occurs neither in `pattern` nor in `other`. */
function freshText(pattern: string, other: string): string {
  let code = PRIVATE_USE_START;
  while (pattern.includes(String.fromCharCode(code)) || other.includes(String.fromCharCode(code))) code += 1;
  return foldCase(pattern).replaceAll('*', String.fromCharCode(code));
}
