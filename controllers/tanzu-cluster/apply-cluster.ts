/** Writes the Cluster of a source, unless it already is as the source asks. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/object.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { apiVersionOf, type Client } from '../../runtime/client/client.ts';
import { ApiError, isConflict } from '../../runtime/errors.ts';
import { APPLIED_ANNOTATION, clusterNameOf, markOf } from './source-mark.ts';
import type { Problem } from './translation.ts';

/** HTTP statuses with which admission and validation refuse an object. */
const REFUSALS = [400, 403, 422];

/** Returns the Cluster, or why it was refused. Throws a conflict and every other error of the hub. */
export async function applyCluster(
  source: KubeObject,
  known: Cluster | undefined,
  spec: Cluster['spec'],
  client: Client,
): Promise<Cluster | Problem> {
  const name = clusterNameOf(source);
  const mark = markOf(source, spec);
  if (known !== undefined && isApplied(known, mark) && contains(known.spec, spec)) return known;
  const uid = known === undefined ? {} : { uid: known.metadata.uid };
  const body = { apiVersion: apiVersionOf(clusters), kind: clusters.kind, metadata: { name, ...uid, ...mark }, spec };
  try {
    // A new Cluster is not forced: if someone created one of that name meanwhile, for another tenant or of another
    // type, the result is a conflict.
    return await client.patch(clusters, { name }, { type: 'apply', body, force: known !== undefined });
  } catch (error) {
    if (error instanceof ApiError && REFUSALS.includes(error.status) && !isConflict(error))
      return { reason: 'Refused', message: `Cluster ${name} was refused: ${error.message}` };
    throw error;
  }
}

function isApplied({ metadata }: Cluster, { annotations }: ReturnType<typeof markOf>): boolean {
  return metadata.annotations?.[APPLIED_ANNOTATION] === annotations[APPLIED_ANNOTATION];
}

/** Whether everything in `wanted` is in `known`. Fields and list entries of others may stand beside it. */
function contains(known: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(known) && wanted.every((each) => known.some((other) => contains(other, each)));
  if (typeof wanted !== 'object' || wanted === null) return isDeepStrictEqual(known, wanted);
  if (typeof known !== 'object' || known === null) return false;
  return Object.entries(wanted).every(([field, value]) => contains((known as Record<string, unknown>)[field], value));
}
