/**
 * What makes a kind an owner of Rules. Each controller gives one of these for each of its kinds; the rest
 * (reconcile.ts) is the same for all.
 */
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Subject } from '../../api/schema/fields.ts';
import { type Owner, ownerLabel } from '../../authorization/rules/rule-object.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import type { Translation } from './translation.ts';

/** The status that every owner has. */
export interface OwnerStatus {
  readonly phase?: string | null | undefined;
  readonly conditions?: readonly Condition[] | null | undefined;
  readonly observedGeneration?: number | null | undefined;
  readonly rules?: number | null | undefined;
  readonly users?: readonly Subject[] | null | undefined;
  readonly groups?: readonly Subject[] | null | undefined;
  readonly missing?: readonly { readonly kind: string; readonly name: string }[] | null | undefined;
}

export interface OwnerObject extends KubeObject {
  readonly spec: { readonly tenantID: string };
  readonly status?: OwnerStatus | null | undefined;
}

/** Who an object is as the owner of Rules. */
export function identityOf({ kind, metadata }: OwnerObject): Owner {
  return { kind, name: metadata.name, uid: metadata.uid ?? '' };
}

/** The key under which BY_OWNER finds the Rules of an object. */
export function ownerKey(owner: Pick<Owner, 'kind' | 'name'>): string {
  return `${owner.kind}/${ownerLabel(owner.name)}`;
}

/** The caches of a process, by kind. */
export interface Stores {
  of<T extends KubeObject>(resource: Resource<T>): Store<T>;
}

export interface RuleOwner<T extends OwnerObject> {
  readonly resource: Resource<T>;
  /** The kinds that it refers to, and the names by which an object of its own refers to them. A change there wakes it up. */
  readonly references: readonly Reference<T>[];
  /** Reads what the object needs from the caches, and translates it. */
  translate(object: T, stores: Stores): Translation;
  /** The name under which other owners' Rules may lead to this object; its deletion waits until none does. */
  nodeName?(object: T): string;
  /** When the object turns from valid to ended, in milliseconds since the epoch. */
  endsAtMs?(object: T): number | undefined;
}

export interface Reference<T extends OwnerObject> {
  readonly resource: Resource;
  names(object: T): readonly string[];
}
