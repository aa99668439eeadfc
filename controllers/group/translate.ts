/**
 * Group or LocalGroup → lines: an edge from each member to the group, everywhere. Members may be groups, whose members
 * then are members of this one too.
 */
import type { Subject } from '../../api/schema/fields.ts';
import { groupNode } from '../../authorization/rules/node-name.ts';
import { edges, resolveSubjects, type SubjectLists, type Translation } from '../rule-owner/translation.ts';

export interface GroupInput extends SubjectLists {
  readonly name: string;
  readonly tenantID: string;
  /** The users of this group and of all groups in it, as far as they are known. Only reported. */
  readonly effectiveUsers: readonly Subject[];
}

export function translateGroup(group: GroupInput): Translation {
  const subjects = resolveSubjects(group.tenantID, group);
  return {
    lines: edges(subjects.nodes, groupNode(group.tenantID, group.name)),
    problems: subjects.problems,
    users: group.effectiveUsers,
    groups: subjects.groups,
  };
}
