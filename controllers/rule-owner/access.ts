/** What a controller of owner kinds may do on the hub, derived from its declaration. */
import { rules } from '../../api/auth/rule.ts';
import type { Resource } from '../../api/object.ts';
import { type Access, allows, type ProcessAccess, READ, reads } from '../../runtime/process/access.ts';
import type { OwnerController } from './owner.ts';
import { isTarget } from './targets.ts';

const RULES = allows(rules, ...READ, 'get', 'create', 'patch', 'delete');
const EVENTS: Access = { group: 'events.k8s.io', resource: 'events', verbs: ['create'] };

/** Reads the owners and what they refer to, sets finalizers and statuses, writes Rules and Events. */
export function accessOf({ name, owners }: OwnerController): ProcessAccess {
  const access = [
    ...owners.flatMap(({ resource }) => [
      allows(resource, ...READ, 'patch'),
      { group: resource.group, resource: `${resource.plural}/status`, verbs: ['patch'] },
    ]),
    ...referencedOnly({ name, owners }).map(readsReference),
    RULES,
    EVENTS,
  ];
  return { name, access, leaderElection: true, replicas: 'awaits' };
}

/** The kinds that the owners refer to and that are not owners of this controller themselves, each once. */
function referencedOnly({ owners }: OwnerController): Resource[] {
  const known = new Set(owners.map(({ resource }) => resource.plural));
  return owners
    .flatMap((owner) => owner.references.map((reference) => reference.resource))
    .filter(({ plural }) => !known.has(plural) && known.add(plural));
}

/** The target of an edge is also read by name, right before the edge is written (targets.ts). */
function readsReference(resource: Resource): Access {
  return isTarget(resource) ? allows(resource, ...READ, 'get') : reads(resource);
}
