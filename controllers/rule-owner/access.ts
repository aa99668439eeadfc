/** The permissions of a process whose objects stand for Rules. */
import type { Resource } from '../../api/object.ts';
import { type Access, READ, reads } from '../../runtime/process/access.ts';
import { TARGETS } from './targets.ts';

/** What a controller says of a kind: its own, and those that it reads. */
export interface Declared {
  readonly resource: Resource;
  readonly references: readonly { readonly resource: Resource }[];
}

const RULES: Access = {
  group: 'auth.tkestack.io',
  resource: 'rules',
  verbs: ['list', 'watch', 'get', 'create', 'patch', 'delete'],
};
const EVENTS: Access = { group: 'events.k8s.io', resource: 'events', verbs: ['create'] };

/** Everything that a process with these owners does: read them and what they refer to, hold their finalizers and status, write Rules. */
export function ownersAccess(owners: readonly Declared[]): Access[] {
  const own = owners.flatMap(({ resource }) => [
    { group: resource.group, resource: resource.plural, verbs: [...READ, 'patch'] },
    { group: resource.group, resource: `${resource.plural}/status`, verbs: ['patch'] },
  ]);
  const known = new Set(owners.map(({ resource }) => resource.plural));
  // Whoever writes an edge asks for what it leads to before.
  const asks = (resource: Resource): Access => {
    const read = reads(resource);
    const isTarget = TARGETS.some(({ group, plural }) => group === resource.group && plural === resource.plural);
    return isTarget ? { ...read, verbs: [...read.verbs, 'get'] } : read;
  };
  const references = owners
    .flatMap((owner) => owner.references.map((reference) => reference.resource))
    .filter((resource) => !known.has(resource.plural) && known.add(resource.plural));
  return [...own, ...references.map(asks), RULES, EVENTS];
}
