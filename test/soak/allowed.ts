/** Everything that the rules of a cell allow, as a set of questions: what states are compared by. */
import { putRule } from '../../authorizer/rule-feed.ts';
import { translatedWorld } from '../../cli/world/translated.ts';
import { decide } from '../../engine/decide.ts';
import { RuleIndex } from '../../engine/rule-index.ts';
import type { KubeObject } from '../../api/object.ts';
import { everyoneNode, userNode } from '../../rules/node-name.ts';
import type { RuleObject } from '../../rules/rule-object.ts';
import { ACTIONS, OBJECTS, USERS, projectOf, tenantOf } from './cell.ts';

/** The questions that are answered with allow. */
export function allowedBy(index: RuleIndex, cell: number): Set<string> {
  const tenant = tenantOf(cell);
  const allowed = new Set<string>();
  for (const user of USERS) {
    const subjects = [userNode(tenant, user), everyoneNode(tenant)];
    for (const domain of ['', projectOf(cell)]) {
      for (const object of OBJECTS) {
        for (const action of ACTIONS) {
          if (decide(index, { subjects, domain, object, action }, 0).verdict === 'allow') allowed.add(`${user} ${action} ${object} ${domain}`);
        }
      }
    }
  }
  return allowed;
}

/** The Rules that objects stand for, by the pure translation, by name. */
export function translated(objects: readonly KubeObject[]): ReadonlyMap<string, RuleObject> {
  return new Map(translatedWorld(objects, 0).rules.map((rule) => [rule.metadata.name, rule]));
}

export function indexOfRules(rules: Iterable<RuleObject>): RuleIndex {
  const index = new RuleIndex();
  for (const rule of rules) putRule(index, rule);
  return index;
}
