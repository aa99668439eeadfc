/** What an API server makes of a write before it stores the object: fields that it sets, and requests that it refuses. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, ObjectMeta, Resource } from '../../../api/object.ts';
import { ApiError } from '../../../runtime/errors.ts';

/** An object with any further fields. */
export type AnyObject = KubeObject & { readonly status?: unknown };

/** What the server gives a new object. */
export interface Birth {
  readonly uid: string;
  readonly creationTimestamp: string;
}

/** A new object as it is stored: its status comes later, through the subresource. */
export function created(resource: Resource, wanted: AnyObject, birth: Birth): AnyObject {
  const object = withStatus(wanted, undefined);
  if (object.metadata.resourceVersion !== undefined)
    throw new ApiError(500, 'InternalError', 'resourceVersion should not be set on objects to be created');
  const { deletionTimestamp: __, generation: ___, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...birth, ...(hasGeneration(resource) ? { generation: 1 } : {}) } };
}

/** An object after a write of everything but its status. Throws ApiError 409 or 422. */
export function updated(resource: Resource, before: AnyObject, wanted: AnyObject): AnyObject {
  checkIdentity(before, wanted.metadata);
  const added = (wanted.metadata.finalizers ?? []).filter(
    (each) => before.metadata.finalizers?.includes(each) !== true,
  );
  if (before.metadata.deletionTimestamp !== undefined && added.length > 0)
    throw new ApiError(422, 'Invalid', 'no new finalizers can be added if the object is being deleted');
  const { uid, creationTimestamp, deletionTimestamp, generation, resourceVersion } = before.metadata;
  const kept = { uid, creationTimestamp, deletionTimestamp, generation, resourceVersion };
  const after = withStatus({ ...wanted, metadata: { ...wanted.metadata, ...defined(kept) } }, before.status);
  const hasNewSpec = !isDeepStrictEqual(contentOf(before), contentOf(after));
  return hasNewSpec && hasGeneration(resource) ? bumped(after) : after;
}

/** An object after a write through a subresource, which changes nothing but the status. Throws ApiError 409. */
export function statusUpdated(before: AnyObject, wanted: AnyObject): AnyObject {
  checkPreconditions(before, { resourceVersion: wanted.metadata.resourceVersion });
  return withStatus(before, wanted.status);
}

/** An object with finalizers after its deletion. */
export function marked(resource: Resource, object: AnyObject, deletionTimestamp: string): AnyObject {
  const after = { ...object, metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 } };
  return hasGeneration(resource) ? bumped(after) : after;
}

/** Unlike an update, a patch with the uid of another object is invalid rather than a conflict. */
function checkIdentity(before: KubeObject, { uid, resourceVersion }: ObjectMeta): void {
  checkPreconditions(before, { resourceVersion });
  if (uid !== undefined && uid !== before.metadata.uid)
    throw new ApiError(422, 'Invalid', 'metadata.uid: Invalid value: field is immutable');
}

/** Throws ApiError 409 where the request was meant for another object, or for an older state of it. */
export function checkPreconditions(
  { metadata }: KubeObject,
  { uid, resourceVersion }: Pick<ObjectMeta, 'uid' | 'resourceVersion'>,
): void {
  if (uid !== undefined && uid !== metadata.uid)
    throw new ApiError(409, 'Conflict', `Precondition failed: UID in precondition: ${uid}, in object: ${metadata.uid}`);
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== metadata.resourceVersion)
    throw new ApiError(
      409,
      'Conflict',
      'the object has been modified; please apply your changes to the latest version',
    );
}

/** Custom resources have one; the built-in kinds that we write have none. */
function hasGeneration({ group }: Resource): boolean {
  return group.includes('.') && !group.endsWith('.k8s.io');
}

function bumped(object: AnyObject): AnyObject {
  return { ...object, metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 } };
}

function contentOf(object: AnyObject): object {
  const { metadata: _, status: __, ...content } = object;
  return content;
}

function withStatus(object: AnyObject, status: unknown): AnyObject {
  const { status: _, ...rest } = object;
  return status === undefined ? rest : { ...rest, status };
}

function defined<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}
