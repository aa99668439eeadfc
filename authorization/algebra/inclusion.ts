/**
 * Decides whether one pattern matches everything that another one matches. Pure.
 *
 * `*` is the only wildcard, so one test is enough. Replace every `*` of the inner pattern with a letter that neither
 * pattern contains. Only a `*` of the outer pattern can match that letter. If the outer pattern matches the result, it
 * also matches any other text in place of the letter, so it includes the inner pattern. If it does not match the
 * result, it does not include the inner pattern, because the inner pattern matches the result.
 *
 * The same text decides a union. If one pattern of the union matches it, that pattern includes the whole inner pattern.
 * If none does, the union does not include it. (Sato, Mukouchi, Zheng: Characteristic sets for unions of regular pattern languages and
 * compactness, 1998, prove this without a fresh letter, for large enough alphabets.)
 */
import { compilePattern, foldCase, matches } from '../engine/pattern.ts';

/** The start of the private use area, to which Unicode assigns no characters. */
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

/** Whether the union of `outers` contains every action on every object of `inner`. The answer is exact. */
export function covers(outers: readonly Scope[], inner: Scope): boolean {
  return outers.some((outer) => contains(outer, inner));
}

/** A folded text that `pattern` matches, with a letter for each `*` that occurs neither in `pattern` nor in `other`. */
function freshText(pattern: string, other: string): string {
  let code = PRIVATE_USE_START;
  while (pattern.includes(String.fromCharCode(code)) || other.includes(String.fromCharCode(code))) code += 1;
  return foldCase(pattern).replaceAll('*', String.fromCharCode(code));
}
