/**
 * Policy → lines: a permission for each action on each resource, whether or not the policy is bound, and for a policy of
 * platform scope an edge from each of its users and groups.
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

/** A limit, so that one policy does not fill the rule set. More lines need a second policy, or a pattern. */
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
        'the users and groups of a policy of scope project have no effect: bind it in a project, with a ProjectPolicyBinding or a Grant',
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
  const message = `${actions} actions on ${resources} resources exceed the limit of ${MAX_LINES} lines: use patterns, or several policies`;
  return { lines: [], problems: [{ reason: 'TooManyLines', message }], users: [], groups: [] };
}
