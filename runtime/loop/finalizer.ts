/** Adds and removes a finalizer, and keeps those of others: a concurrent change is a conflict, and is retried. */

import type { KubeObject, Resource } from '../../api/object.ts';
import type { Client } from '../client/client.ts';
import { isNotFound } from '../errors.ts';

/** Adds the finalizer, unless the object has it. Returns the object with it. */
export async function ensureFinalizer<T extends KubeObject>(
  client: Pick<Client, 'patch'>,
  resource: Resource<T>,
  object: T,
  name: string,
): Promise<T> {
  const held = object.metadata.finalizers ?? [];
  return held.includes(name) ? object : write(client, resource, object, [...held, name]);
}

/** Removes the finalizer. Does nothing if the object is gone. */
export async function removeFinalizer<T extends KubeObject>(
  client: Pick<Client, 'patch'>,
  resource: Resource<T>,
  object: T,
  name: string,
): Promise<void> {
  const held = object.metadata.finalizers ?? [];
  if (!held.includes(name)) return;
  try {
    await write(
      client,
      resource,
      object,
      held.filter((each) => each !== name),
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function write<T extends KubeObject>(
  client: Pick<Client, 'patch'>,
  resource: Resource<T>,
  { metadata }: T,
  finalizers: readonly string[],
): Promise<T> {
  // The version turns a concurrent change into a conflict; a merge patch replaces the whole list.
  const body = { metadata: { resourceVersion: metadata.resourceVersion, finalizers } };
  return client.patch(resource, metadata, { type: 'merge', body });
}
