/** What a controller of owner kinds watches: the objects, what they refer to, and their Rules. */
import { type Rule, rules } from '../../api/auth/rule.ts';
import { type KubeObject, keyOf } from '../../api/object.ts';
import { OWNER_KIND_LABEL, OWNER_NAME_LABEL } from '../../authorization/rules/rule-object.ts';
import { type Watch, watch, watchOwn } from '../../runtime/loop/controller.ts';
import type { ProcessContext } from '../../runtime/process/process.ts';
import { Caches } from './caches.ts';
import { BY_OWNER } from './own-rules.ts';
import type { OwnerController, OwnerObject, RuleOwner } from './owner.ts';

/** The caches of the owners, of the kinds that they refer to, and of the Rules of these owners. */
export function cachesOf({ owners }: OwnerController, context: Pick<ProcessContext, 'informer'>): Caches {
  const caches = new Caches(context);
  // First, with their indexes: a kind that is an owner here may also be one that is referred to.
  for (const owner of owners) caches.add(owner.resource, { indexes: referenceIndexes(owner) });
  for (const { resource } of owners.flatMap(({ references }) => references)) caches.add(resource, {});
  const kinds = owners.map(({ resource }) => resource.kind).join(',');
  caches.add(rules, {
    labelSelector: `${OWNER_KIND_LABEL} in (${kinds})`,
    indexes: { [BY_OWNER]: (rule: Rule) => [ownerLabels(rule)] },
  });
  return caches;
}

/** Queues an object when it changes, when an object that it refers to changes, and when one of its Rules changes. */
export function watchesOf(owner: RuleOwner, caches: Caches): Watch[] {
  const own = caches.informer(owner.resource);
  return [
    watchOwn(own),
    ...owner.references.map(({ resource }) =>
      watch(caches.informer(resource), (object: KubeObject) =>
        own.store.byIndex(resource.kind, object.metadata.name).map((referrer) => keyOf(referrer.metadata)),
      ),
    ),
    watch(caches.informer(rules), (rule) =>
      rule.metadata.labels?.[OWNER_KIND_LABEL] === owner.resource.kind ? ownerNames(rule) : [],
    ),
  ];
}

/** Finds the objects that refer to a name, by the kind of that name. */
function referenceIndexes({ references }: RuleOwner): Record<string, (object: OwnerObject) => readonly string[]> {
  return Object.fromEntries(
    references.map((reference) => [reference.resource.kind, (object: OwnerObject) => reference.names(object)]),
  );
}

function ownerNames(rule: Rule): string[] {
  return (rule.metadata.ownerReferences ?? []).map((reference) => reference.name);
}

function ownerLabels(rule: Rule): string {
  return `${rule.metadata.labels?.[OWNER_KIND_LABEL] ?? ''}/${rule.metadata.labels?.[OWNER_NAME_LABEL] ?? ''}`;
}
