/**
 * The common shape of Kubernetes objects, as far as controllers need it. Optional fields also accept `undefined`, so that types
 * inferred from schemas are assignable.
 */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean | undefined;
  readonly blockOwnerDeletion?: boolean | undefined;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly generation?: number | undefined;
  readonly creationTimestamp?: string | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly ownerReferences?: readonly OwnerReference[] | undefined;
  readonly finalizers?: readonly string[] | undefined;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The API endpoint of a kind. `T` is the type of its objects. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** The API group. Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The resource name in paths and RBAC, for example `policies`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set. It ties the object type to the resource. */
  readonly type?: T;
}

/** Refers to one object of a known kind. */
export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The key of an object in caches and queues: `namespace/name`, or `name`. */
export function keyOf(ref: ObjectRef): string {
  return ref.namespace === undefined || ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`;
}
