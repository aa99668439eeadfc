/**
 * The shape that every Kubernetes object shares, as far as a controller needs it.
 * Optional fields also accept `undefined`, so that types inferred from schemas fit.
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

/** How a kind is addressed on the API server. `T` is the type of its objects. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The resource as it stands in paths and RBAC, e.g. `policies`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: it only ties the object type to the resource. */
  readonly type?: T;
}

/** Names one object of a known kind. */
export interface ObjectRef {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** The key under which stores and queues know an object: `namespace/name`, or `name`. */
export function keyOf(ref: ObjectRef): string {
  return ref.namespace === undefined || ref.namespace === '' ? ref.name : `${ref.namespace}/${ref.name}`;
}
