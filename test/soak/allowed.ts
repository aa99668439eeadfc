/**
 * Computes everything that the Rules of a cell allow, as a set of requests. States of the Rules are compared by these
 * sets.
 */

import type { KubeObject } from '../../api/object.ts';
import { decide } from '../../authorization/engine/decide.ts';
import { RuleIndex } from '../../authorization/engine/rule-index.ts';
import { everyoneNode, userNode } from '../../authorization/rules/node-name.ts';
import type { RuleObject } from '../../authorization/rules/rule-object.ts';
import { putRule } from '../../authorization/webhook/rule-feed.ts';
import { translatedWorld } from '../../cli/world/translated.ts';
import { ACTIONS, OBJECTS, projectOf, tenantOf, USERS } from './cell.ts';

/** Returns the requests of a cell that are allowed, one text for each. */
export function allowedBy(index: RuleIndex, cell: number): Set<string> {
  const tenant = tenantOf(cell);
  const allowed = questionsOf(cell).filter(({ user, ...asked }) => {
    const subjects = [userNode(tenant, user), everyoneNode(tenant)];
    return decide(index, { subjects, ...asked }, 0).verdict === 'allow';
  });
  return new Set(allowed.map(({ user, action, object, domain }) => `${user} ${action} ${object} ${domain}`));
}

interface Question {
  readonly user: string;
  readonly domain: string;
  readonly object: string;
  readonly action: string;
}

function questionsOf(cell: number): Question[] {
  return USERS.flatMap((user) =>
    ['', projectOf(cell)].flatMap((domain) =>
      OBJECTS.flatMap((object) => ACTIONS.map((action) => ({ user, domain, object, action }))),
    ),
  );
}

/** Returns the Rules of these objects by name, according to the pure translation. */
export function translated(objects: readonly KubeObject[]): ReadonlyMap<string, RuleObject> {
  return new Map(translatedWorld(objects, 0).rules.map((rule) => [rule.metadata.name, rule]));
}

export function indexOfRules(rules: Iterable<RuleObject>): RuleIndex {
  const index = new RuleIndex();
  for (const rule of rules) putRule(index, rule);
  return index;
}
