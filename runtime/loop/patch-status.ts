/** Writes the status of an object, and only when it is not so already. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Client } from '../client/client.ts';
import { isNotFound } from '../errors.ts';

/**
 * Makes the given fields of the status what `status` says (a field that is undefined is removed). An object that is gone
 * meanwhile needs no status.
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

/** The fields of `status` that the object's own does not say already; one that is undefined is to be absent. */
export function changesOf(object: { readonly status?: unknown }, status: object): [field: string, value: unknown][] {
  const known = JSON.parse(JSON.stringify(object.status ?? {})) as Record<string, unknown>;
  return Object.entries(status).filter(([key, value]) => !isDeepStrictEqual(known[key] ?? undefined, plain(value)));
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
