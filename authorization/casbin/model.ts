/** The engine's Casbin model and its pattern function, for casbin's enforcer. */
import { readFile } from 'node:fs/promises';
import { compilePattern, foldCase, matches, type Pattern } from '../engine/pattern.ts';

/** The text of authorization/engine/model.conf. */
export function readModelText(): Promise<string> {
  return readFile(new URL('../engine/model.conf', import.meta.url), 'utf8');
}

/** The model's keyMatchCustom. It remembers every pattern that it has compiled: create another one for each load. */
export function patternMatcher(): (text: string, pattern: string) => boolean {
  const compiled = new Map<string, Pattern>();
  return (text, source) => {
    const known = compiled.get(source) ?? compilePattern(source);
    compiled.set(source, known);
    return matches(known, foldCase(text));
  };
}
