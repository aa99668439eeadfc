/** Writes fields of an object's status if they differ. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Client } from '../client/client.ts';
import { isNotFound } from '../errors.ts';

/**
 * Sets the fields of `status`, and removes those that are undefined. Sends nothing if the object has them already. Does nothing if
 * the object is gone.
 */
export async function patchStatus<T extends KubeObject>(
  client: Pick<Client, 'patch'>,
  resource: Resource<T>,
  object: T & { readonly status?: unknown },
  status: object,
): Promise<void> {
  const changed = changesOf(object, status);
  if (changed.length === 0) return;
  const body = { status: Object.fromEntries(changed.map(([key, value]) => [key, value ?? null])) };
  try {
    await client.patch(resource, object.metadata, { type: 'merge', body, subresource: 'status' });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** The fields of `status` that differ from the object's. Undefined stands for an absent field. */
export function changesOf(object: { readonly status?: unknown }, status: object): [field: string, value: unknown][] {
  const known = JSON.parse(JSON.stringify(object.status ?? {})) as Record<string, unknown>;
  return Object.entries(status).filter(([key, value]) => !isDeepStrictEqual(known[key] ?? undefined, plain(value)));
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
