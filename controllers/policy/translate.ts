/**
 * Policy → lines: one permission for each action on each resource, whether bound or not, and for a policy of platform
 * scope an edge from each user and group that it names.
 */
import type { Effect, RuleLine } from '../../authorization/rules/line.ts';
import { EVERYWHERE } from '../../authorization/rules/line.ts';
import { policyNode } from '../../authorization/rules/node-name.ts';
import {
  edges,
  type Problem,
  resolveSubjects,
  type SubjectLists,
  type Translation,
} from '../rule-owner/translation.ts';

/** One policy may not fill the rule set: what is beyond belongs in a second policy, or in a pattern. */
export const MAX_LINES = 10_000;

export interface PolicyInput extends SubjectLists {
  readonly name: string;
  readonly tenantID: string;
  readonly scope: string;
  readonly statement: {
    readonly actions: readonly string[];
    readonly resources: readonly string[];
    readonly effect: Effect;
  };
}

export function translatePolicy(policy: PolicyInput): Translation {
  const { actions, resources } = policy.statement;
  if (actions.length * resources.length > MAX_LINES) return tooMany(actions.length, resources.length);
  const node = policyNode(policy.name);
  const subjects = resolveSubjects(policy.tenantID, policy);
  const problems: Problem[] = [...subjects.problems];
  let bound = subjects.nodes;
  if (policy.scope === 'project' && bound.length > 0) {
    bound = [];
    problems.push({
      reason: 'ScopeMismatch',
      message:
        'a policy of scope project is bound in a project, by a ProjectPolicyBinding or a Grant; its own users and groups do not count',
    });
  }
  const lines = [...permissions(node, policy.statement), ...edges(bound, node)];
  return { lines, problems, users: subjects.users, groups: subjects.groups };
}

function permissions(policy: string, statement: PolicyInput['statement']): RuleLine[] {
  return statement.resources.flatMap((object) =>
    statement.actions.map((action): RuleLine => {
      return { ptype: 'p', policy, domain: EVERYWHERE, object, action, effect: statement.effect };
    }),
  );
}

function tooMany(actions: number, resources: number): Translation {
  const message = `${actions} actions on ${resources} resources are more than ${MAX_LINES} lines: use patterns, or several policies`;
  return { lines: [], problems: [{ reason: 'TooManyLines', message }], users: [], groups: [] };
}
