/**
 * Writes the part of a status that one controller answers for, where another one answers for the rest: by server-side
 * apply, under the name of the process. Fields of the controller's that are not given are removed; those of others stay.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Resource } from '../../api/object.ts';
import { apiVersionOf, type Client } from '../client/client.ts';
import { isNotFound } from '../errors.ts';
import type { Condition } from './conditions.ts';

type WithStatus = KubeObject & { readonly status?: unknown };
type StatusFields = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };

/** The caller's part of a status. */
export interface OwnStatus {
  /** All fields that are the caller's. */
  readonly fields: object & { readonly conditions?: readonly Condition[] | null | undefined };
  /** The types of the conditions that are the caller's: one of them that is not given any more goes. */
  readonly isOwn: (conditionType: string) => boolean;
}

/** Makes the caller's part of the status what is wanted, if it is not so. An object that is gone needs no status. */
export async function applyStatus<T extends WithStatus>(
  client: Pick<Client, 'patch'>,
  resource: Resource<T>,
  object: T,
  wanted: OwnStatus,
): Promise<void> {
  const status = JSON.parse(JSON.stringify(wanted.fields)) as StatusFields;
  const named = Object.keys(wanted.fields).filter((name) => name !== 'conditions');
  if (isSo((object.status ?? {}) as StatusFields, status, { named, isOwn: wanted.isOwn })) return;
  const body = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name: object.metadata.name,
      ...(resource.namespaced ? { namespace: object.metadata.namespace } : {}),
      uid: object.metadata.uid,
    },
    status,
  };
  try {
    await client.patch(resource, object.metadata, { type: 'apply', body, subresource: 'status', force: true });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

interface Compared {
  readonly named: readonly string[];
  readonly isOwn: OwnStatus['isOwn'];
}

/** A field that is named without a value is to be absent. */
function isSo(known: StatusFields, wanted: StatusFields, { named, isOwn }: Compared): boolean {
  const own = (known.conditions ?? []).filter(({ type }) => isOwn(type));
  const byType = (list: readonly Condition[]): Map<string, Condition> => new Map(list.map((each) => [each.type, each]));
  return (
    isDeepStrictEqual(byType(own), byType(wanted.conditions ?? [])) &&
    named.every((name) => isDeepStrictEqual(known[name] ?? undefined, wanted[name] ?? undefined))
  );
}
