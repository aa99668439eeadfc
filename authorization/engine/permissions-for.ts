/** All lines of any policy that speak of an action, and of an object: what who-can and advice begin with. */
import type { Effect } from '../rules/line.ts';
import { maskOf } from './actions.ts';
import type { Permission } from './graph.ts';
import { foldCase, matches } from './pattern.ts';
import type { RuleIndex } from './rule-index.ts';

/** The lines for an action. Looks at every policy, but only into those that have such a line: 10 ms at 100,000 rules. */
export function* linesForAction(index: RuleIndex, asked: string, effect: Effect): Generator<Permission> {
  const action = index.actions.read(asked);
  const mask = maskOf(action.id);
  for (const name of index.names()) {
    const table = effect === 'allow' ? name.allows : name.denies;
    if (table === undefined || (table.mask & mask) === 0) continue;
    for (const line of table.lines) if (matches(line.action, action.folded)) yield line;
  }
}

/** Those of `lines` that are about an object. */
export function* onObject(lines: Iterable<Permission>, asked: string): Generator<Permission> {
  const object = foldCase(asked);
  for (const line of lines) if (matches(line.object, object)) yield line;
}
