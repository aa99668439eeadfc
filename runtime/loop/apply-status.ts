/**
 * Writes the fields of a status that one controller owns, where another controller owns the rest. It uses server-side apply under
 * the name of the process: owned fields that are left out are removed, and fields of others stay.
 */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject, Resource } from '../../api/object.ts';
import { apiVersionOf, type Client } from '../client/client.ts';
import { isNotFound } from '../errors.ts';
import type { Condition } from './conditions.ts';

type WithStatus = KubeObject & { readonly status?: unknown };
type StatusFields = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };

/** The fields of a status that the caller owns. */
export interface OwnStatus {
  /** All fields that the caller owns. Undefined removes a field. */
  readonly fields: object & { readonly conditions?: readonly Condition[] | null | undefined };
  /** Whether the caller owns conditions of this type. Owned conditions that are left out are removed. */
  readonly isOwn: (conditionType: string) => boolean;
}

/** Writes the caller's fields if they differ. Returns the object as it is then; `object` itself if it is gone. */
export async function applyStatus<T extends WithStatus>(
  client: Pick<Client, 'patch'>,
  resource: Resource<T>,
  object: T,
  wanted: OwnStatus,
): Promise<T> {
  const status = JSON.parse(JSON.stringify(wanted.fields)) as StatusFields;
  const named = Object.keys(wanted.fields).filter((name) => name !== 'conditions');
  if (matches((object.status ?? {}) as StatusFields, status, { named, isOwn: wanted.isOwn })) return object;
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
    return await client.patch(resource, object.metadata, { type: 'apply', body, subresource: 'status', force: true });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return object;
  }
}

interface Compared {
  readonly named: readonly string[];
  readonly isOwn: OwnStatus['isOwn'];
}

/** A named field without a value must be absent. */
function matches(known: StatusFields, wanted: StatusFields, { named, isOwn }: Compared): boolean {
  const own = (known.conditions ?? []).filter(({ type }) => isOwn(type));
  const byType = (list: readonly Condition[]): Map<string, Condition> => new Map(list.map((each) => [each.type, each]));
  return (
    isDeepStrictEqual(byType(own), byType(wanted.conditions ?? [])) &&
    named.every((name) => isDeepStrictEqual(known[name] ?? undefined, wanted[name] ?? undefined))
  );
}
