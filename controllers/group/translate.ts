/**
 * Group or LocalGroup → lines: an edge from each group member to the group, everywhere. A group member may be a group; its
 * members then belong to this group too.
 */
import type { Subject } from '../../api/schema/fields.ts';
import { groupNode } from '../../authorization/rules/node-name.ts';
import { edges, resolveSubjects, type SubjectLists, type Translation } from '../rule-owner/translation.ts';

export interface GroupInput extends SubjectLists {
  readonly name: string;
  readonly tenantID: string;
  /** The users of this group and of every group within it, for the status. Lines do not need them. */
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
