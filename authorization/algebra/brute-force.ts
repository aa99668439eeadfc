/**
 * Compares permission sets by enumeration, for the tests of the algebra. Pure.
 *
 * It lists every text of up to MAX_LENGTH letters over a small alphabet. One of the letters never occurs in a generated
 * pattern: it stands for any name that no policy mentions. The texts are long enough to contain a witness for every gain
 * between patterns of up to MAX_PATTERN characters. Such a witness is a new allow, or its intersection with an old deny,
 * with that letter in place of each `*`.
 */
import { compilePattern, matches } from '../engine/pattern.ts';
import type { PermissionSet } from './compare.ts';
import type { Scope } from './inclusion.ts';

const LETTERS = ['a', 'b', 'z'];
/** The letters of generated patterns. They leave out `z`. */
export const PATTERN_LETTERS = ['a', 'b', '*'];
export const MAX_PATTERN = 3;
const MAX_LENGTH = 6;
const BITS = 32;

/** All texts, including the empty one. */
export const TEXTS: readonly string[] = Array.from({ length: MAX_LENGTH + 1 }, (_, length) => textsOf(length)).flat();

function textsOf(length: number): string[] {
  return length === 0 ? [''] : textsOf(length - 1).flatMap((text) => LETTERS.map((letter) => text + letter));
}

const sets = new Map<string, Uint32Array>();

/** The texts that a pattern matches, one bit each. */
export function textsMatching(pattern: string): Uint32Array {
  const known = sets.get(pattern);
  if (known !== undefined) return known;
  const compiled = compilePattern(pattern);
  const set = new Uint32Array(Math.ceil(TEXTS.length / BITS));
  for (const [at, text] of TEXTS.entries()) if (matches(compiled, text)) add(set, at);
  sets.set(pattern, set);
  return set;
}

/** Whether `after` permits any action on any object that `before` does not permit. */
export function gainsAnything(before: PermissionSet, after: PermissionSet): boolean {
  return differentActions([...before.allows, ...before.denies, ...after.allows, ...after.denies]).some((action) => {
    const was = permitted(before, action);
    return permitted(after, action).some((word, at) => (word & ~(was[at] ?? 0)) !== 0);
  });
}

/** One action for each combination of scopes that contain it. All other actions get the same answers as one of these. */
function differentActions(scopes: readonly Scope[]): number[] {
  const actions = scopes.map(({ action }) => textsMatching(action));
  const found = new Map<number, number>();
  for (let at = 0; at < TEXTS.length; at++) {
    const scopesOfAction = actions.reduce((mask, set, scope) => (has(set, at) ? mask | (1 << scope) : mask), 0);
    if (!found.has(scopesOfAction)) found.set(scopesOfAction, at);
  }
  return [...found.values()];
}

/** The objects that a set permits for one action. */
function permitted({ allows, denies }: PermissionSet, action: number): Uint32Array {
  const allowed = objectsOf(allows, action);
  const denied = objectsOf(denies, action);
  return allowed.map((word, at) => word & ~(denied[at] ?? 0));
}

function objectsOf(scopes: readonly Scope[], action: number): Uint32Array {
  const objects = new Uint32Array(Math.ceil(TEXTS.length / BITS));
  for (const scope of scopes) {
    if (!has(textsMatching(scope.action), action)) continue;
    for (const [at, word] of textsMatching(scope.object).entries()) objects[at] = (objects[at] ?? 0) | word;
  }
  return objects;
}

function add(set: Uint32Array, at: number): void {
  const word = Math.floor(at / BITS);
  set[word] = (set[word] ?? 0) | (1 << (at % BITS));
}

function has(set: Uint32Array, at: number): boolean {
  return ((set[Math.floor(at / BITS)] ?? 0) & (1 << (at % BITS))) !== 0;
}
