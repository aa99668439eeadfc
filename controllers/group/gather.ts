/** Group or LocalGroup and the groups within it → the input of its translator. */
import { type Group, groups } from '../../api/auth/group.ts';
import { type LocalGroup, localGroups } from '../../api/auth/local-group.ts';
import type { Subject } from '../../api/schema/fields.ts';
import type { Stores } from '../rule-owner/owner.ts';
import type { GroupInput } from './translate.ts';

export type AnyGroup = Group | LocalGroup;

export function gatherGroup(group: AnyGroup, stores: Stores): GroupInput {
  return {
    name: group.metadata.name,
    tenantID: group.spec.tenantID,
    users: group.spec.users,
    groups: group.spec.groups,
    effectiveUsers: usersWithin(group, stores),
  };
}

export function nestedGroups(group: AnyGroup): string[] {
  return (group.spec.groups ?? []).map((nested) => nested.id);
}

/** The users of the group and of every group within it. Groups may contain each other, so each is visited once. */
function usersWithin(group: AnyGroup, stores: Stores): Subject[] {
  const users = new Map<string, Subject>();
  const seen = new Set([group.metadata.name]);
  const queue: AnyGroup[] = [group];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const user of next.spec.users ?? []) users.set(user.id, user);
    for (const id of nestedGroups(next).filter((id) => !seen.has(id))) {
      seen.add(id);
      queue.push(...groupsOf(group.spec.tenantID, id, stores));
    }
  }
  return [...users.values()];
}

/** A Group and a LocalGroup of the same name are one group: lines know both by the same subject. */
function groupsOf(tenant: string, id: string, stores: Stores): AnyGroup[] {
  const found = [stores.of(groups).get(id), stores.of(localGroups).get(id)];
  return found.filter((group) => group !== undefined).filter((group) => group.spec.tenantID === tenant);
}
