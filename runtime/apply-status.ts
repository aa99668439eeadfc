/**
 * Writes the part of a status that one controller answers for, where another one answers for the rest: by server-side
 * apply, under the name of the process. Fields of the controller's that are not given are removed; those of others stay.
 */
import { isDeepStrictEqual } from 'node:util';
import { apiVersionOf, type Client } from './client.ts';
import type { Condition } from './conditions.ts';
import { isNotFound } from './errors.ts';
import type { KubeObject, Resource } from '../api/object.ts';

type WithStatus = KubeObject & { readonly status?: unknown };
export type StatusFields = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };

export interface ApplyStatusOptions {
  /** The types of the conditions that are the caller's: one of them that is not given any more goes. */
  readonly isOwn: (conditionType: string) => boolean;
}

/** Makes the caller's part of the status what `wanted` says, if it is not so. An object that is gone needs no status. */
export async function applyStatus<T extends WithStatus>(
  client: Pick<Client, 'patch'>, resource: Resource<T>, object: T, wanted: StatusFields, options: ApplyStatusOptions,
): Promise<void> {
  const status = JSON.parse(JSON.stringify(wanted)) as StatusFields;
  if (isSo((object.status ?? {}) as StatusFields, status, options)) return;
  const body = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { name: object.metadata.name, ...(resource.namespaced ? { namespace: object.metadata.namespace } : {}), uid: object.metadata.uid },
    status,
  };
  try {
    await client.patch(resource, object.metadata, { type: 'apply', body, subresource: 'status', force: true });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function isSo(known: StatusFields, { conditions = [], ...fields }: StatusFields, { isOwn }: ApplyStatusOptions): boolean {
  const own = (known.conditions ?? []).filter(({ type }) => isOwn(type));
  const byType = (list: readonly Condition[]): Map<string, Condition> => new Map(list.map((each) => [each.type, each]));
  return isDeepStrictEqual(byType(own), byType(conditions)) && Object.entries(fields).every(([name, value]) => isDeepStrictEqual(known[name], value));
}
