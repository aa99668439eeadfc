/** Label and field selectors of list and watch. Pure. */
import type { KubeObject } from '../../../api/object.ts';
import { isObject } from './json.ts';

export interface Selectors {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** Whether both selectors match. The requirements of a label selector: `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`. */
export function isSelected(object: KubeObject, { labelSelector = '', fieldSelector = '' }: Selectors): boolean {
  const labels = object.metadata.labels ?? {};
  return (
    requirements(labelSelector).every((each) => hasLabels(labels, each)) &&
    requirements(fieldSelector).every((each) => hasField(object, each))
  );
}

/** Splits at the commas outside of parentheses. */
function requirements(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function hasLabels(labels: Readonly<Record<string, string>>, requirement: string): boolean {
  const set = /^(\S+) (in|notin) \(([^)]*)\)$/.exec(requirement);
  if (set !== null) {
    const [, key = '', operator, values = ''] = set;
    const isIn = key in labels && values.split(',').some((value) => value.trim() === labels[key]);
    return isIn === (operator === 'in');
  }
  const [, key = '', operator, value] = /^(.*?)(!=|==|=)(.*)$/.exec(requirement) ?? [];
  if (operator !== undefined) return (labels[key] === value) === (operator !== '!=');
  return requirement.startsWith('!') ? !(requirement.slice(1) in labels) : requirement in labels;
}

function hasField(object: KubeObject, requirement: string): boolean {
  const [path = '', value] = requirement.split('=');
  let found: unknown = object;
  for (const name of path.split('.')) found = isObject(found) ? found[name] : undefined;
  return (found ?? '') === value;
}
