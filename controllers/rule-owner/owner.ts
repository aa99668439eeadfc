/**
 * What a kind that owns Rules declares. Each controllers/<kind>/controller.ts declares its kinds; everything else
 * (caches, watches, reconciliation, status, permissions) is the same for all of them and derives from the declaration.
 * Pure.
 */
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Subject } from '../../api/schema/fields.ts';
import { type Owner, ownerLabel } from '../../authorization/rules/rule-object.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import type { Translation } from './translation.ts';

/** The status fields that every owner has. */
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

/** The object as the owner that its Rules name. */
export function identityOf({ kind, metadata }: OwnerObject): Owner {
  return { kind, name: metadata.name, uid: metadata.uid ?? '' };
}

/** The key under which the BY_OWNER index of the Rule cache finds the Rules of an object. */
export function ownerKey(owner: Pick<Owner, 'kind' | 'name'>): string {
  return `${owner.kind}/${ownerLabel(owner.name)}`;
}

/** The objects of each kind: the caches of a process, or manifests. */
export interface Stores {
  of<T extends KubeObject>(resource: Resource<T>): Store<T>;
}

/**
 * One kind that owns Rules. Its functions are methods on purpose: TypeScript then accepts a `RuleOwner<Policy>` in a
 * list of `RuleOwner`. The loop of a kind only ever passes objects of that kind.
 */
export interface RuleOwner<T extends OwnerObject = OwnerObject> {
  readonly resource: Resource<T>;
  /** The kinds that objects of this kind refer to. A change of a referenced object requeues the objects that name it. */
  readonly references: readonly Reference<T>[];
  /** Gathers what the object needs from the stores, and translates it. */
  translate(object: T, stores: Stores): Translation;
  /** The name under which Rules of other owners lead to this object. Its deletion waits until none of them does. */
  nodeName?(object: T): string;
  /** When the object expires, in milliseconds since the epoch; undefined when it does not. */
  endsAtMs?(object: T): number | undefined;
}

export interface Reference<T extends OwnerObject = OwnerObject> {
  readonly resource: Resource;
  /** The names of the objects of that kind that `object` refers to. */
  names(object: T): readonly string[];
}

/** A controller of one or more kinds that own Rules; one process. */
export interface OwnerController {
  /** The name of the process, its ServiceAccount and its Lease. */
  readonly name: string;
  readonly owners: readonly RuleOwner[];
}
