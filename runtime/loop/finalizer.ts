/** Sets and removes a finalizer, without touching those of others: a change in between is a conflict, and comes again. */

import type { KubeObject, Resource } from '../../api/object.ts';
import type { Client } from '../client/client.ts';
import { isNotFound } from '../errors.ts';

/** The object with the finalizer on it. */
export async function ensureFinalizer<T extends KubeObject>(
  client: Pick<Client, 'patch'>,
  resource: Resource<T>,
  object: T,
  name: string,
): Promise<T> {
  const held = object.metadata.finalizers ?? [];
  return held.includes(name) ? object : write(client, resource, object, [...held, name]);
}

/** Lets the object go, as far as this finalizer is concerned. */
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
  // The version makes it a conflict when somebody changed the object meanwhile.
  const body = { metadata: { resourceVersion: metadata.resourceVersion, finalizers } };
  return client.patch(resource, metadata, { type: 'merge', body });
}
