/**
 * Group and LocalGroup → a `g` Rule from each group member to the group. Watches both kinds and its own Rules. Members
 * of a nested group reach the outer group through the nested group's own Rules; the status of the outer one lists them.
 * Pure.
 */
import { type Group, groups } from '../../api/auth/group.ts';
import { type LocalGroup, localGroups } from '../../api/auth/local-group.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import type { OwnerController, Reference, RuleOwner, Stores } from '../rule-owner/owner.ts';
import type { Translation } from '../rule-owner/translation.ts';
import { type AnyGroup, gatherGroup, nestedGroups } from './gather.ts';
import { translateGroup } from './translate.ts';

const references: Reference<AnyGroup>[] = [groups, localGroups].map((resource) => ({ resource, names: nestedGroups }));
const translate = (group: AnyGroup, stores: Stores): Translation => translateGroup(gatherGroup(group, stores));

const groupOwner: RuleOwner<Group> = { resource: groups, references, translate };
const localGroupOwner: RuleOwner<LocalGroup> = { resource: localGroups, references, translate };

export const groupController: OwnerController = {
  name: PROCESS_NAMES.group,
  owners: [groupOwner, localGroupOwner],
};
