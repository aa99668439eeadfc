/**
 * In: Group and LocalGroup objects. Out: a `g` Rule from each member to the group. Watches Groups, LocalGroups and its
 * own Rules. Members of a nested group reach the outer one through the nested one's own Rules; the status lists them.
 */
import { type Group, groups } from '../../api/auth/group.ts';
import { type LocalGroup, localGroups } from '../../api/auth/local-group.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { ownerPart, ownerProcess } from '../rule-owner/process.ts';
import { type AnyGroup, gatherGroup, nestedGroups } from './gather.ts';
import { translateGroup } from './translate.ts';

const references = [
  { resource: groups, names: nestedGroups },
  { resource: localGroups, names: nestedGroups },
];
const translate = (group: AnyGroup, stores: Parameters<typeof gatherGroup>[1]): ReturnType<typeof translateGroup> =>
  translateGroup(gatherGroup(group, stores));

export const groupProcess = ownerProcess(PROCESS_NAMES.group, [
  ownerPart<Group>({ resource: groups, references, translate }),
  ownerPart<LocalGroup>({ resource: localGroups, references, translate }),
]);
