/** Step: the Cluster object of Cluster API matches the goal. Also pauses it, which changes one field. */

import { isConflict } from '../../../../runtime/errors.ts';
import type { AuthorizerSource } from '../../../connections/authorization-files.ts';
import { done, failed, GOAL_MISSING, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { ensureAuthorization } from '../authorization.ts';
import { type ClassFacts, isManifestProblem, manifestOf } from '../manifest.ts';
import { observe } from '../observed.ts';
import { ownIn, type Place, placeOf } from '../place.ts';
import { pauseProgress } from '../progress.ts';
import { refusalOf } from '../refusal.ts';
import { type CapiObject, capiClusters, OWNER_ANNOTATION, PAUSED_ANNOTATION } from '../resources.ts';
import { classOf, NOT_SERVED } from './ensure-class.ts';

const RETRY_MS = 5_000;

export async function ensureCluster(context: StepContext, source: AuthorizerSource | undefined): Promise<StepResult> {
  const place = await placeOf(context);
  if (place === undefined) return NOT_SERVED;
  const classFacts = await classOf(context, place);
  if ('state' in classFacts) return classFacts;
  return foreign(place, context.cluster) ?? applyGoal(context, place, classFacts, source);
}

async function applyGoal(
  context: StepContext,
  place: Place,
  classFacts: ClassFacts,
  source: AuthorizerSource | undefined,
): Promise<StepResult> {
  const { goal } = context;
  if (goal === undefined) return GOAL_MISSING;
  try {
    const { value, summary } = await ensureAuthorization(context, place, classFacts, source);
    const manifest = manifestOf({
      goal,
      apiVersion: place.apiVersion,
      namespace: place.namespace,
      classFacts,
      authorization: value,
    });
    if (isManifestProblem(manifest)) return failed(manifest.reason, manifest.message);
    return (
      (await apply(context, await unpaused(context, place), manifest)) ??
      done(`the cluster is applied to Cluster API; ${summary}`)
    );
  } catch (error) {
    const refused = refusalOf(error, 'the cluster');
    if (refused === undefined) throw error;
    return refused;
  }
}

/** Refuses to touch a Cluster of that name that was not created for this one. */
function foreign(place: Place, cluster: StepContext['cluster']): StepResult | undefined {
  const { object } = place;
  if (object === undefined) return undefined;
  if (ownIn(place, cluster) === undefined) return ofAnother(place, cluster);
  return object.metadata.deletionTimestamp === undefined
    ? undefined
    : waiting('ClusterAPIDeleting', 'Cluster API is still removing an earlier cluster of this name', RETRY_MS);
}

function ofAnother({ namespace, name }: Place, { metadata }: StepContext['cluster']): StepResult {
  return failed(
    'ClusterOfAnother',
    `Cluster API already has a Cluster ${namespace}/${name} that was not created for this one: choose another name, import the existing cluster (type Imported), ` +
      `or hand it over with the annotation ${OWNER_ANNOTATION}=${metadata.uid ?? ''}`,
  );
}

/** Returns the place after it has ended a pause by this controller. */
async function unpaused(context: StepContext, place: Place): Promise<Place> {
  return ownIn(place, context.cluster)?.pausedByUs === true
    ? { ...place, object: await setPaused(context, place, false) }
    : place;
}

/** Returns undefined when the hub has accepted the object. */
async function apply(
  { client, cluster }: StepContext,
  place: Place,
  manifest: CapiObject,
): Promise<StepResult | undefined> {
  const { namespace, name, object, apiVersion } = place;
  // The uid keeps the patch from another object of the same name. A creation is not forced, so that it does not
  // overwrite an object that was created meanwhile.
  const body =
    object === undefined ? manifest : { ...manifest, metadata: { ...manifest.metadata, uid: object.metadata.uid } };
  try {
    await client.patch(
      capiClusters(apiVersion),
      { name, namespace },
      { type: 'apply', body, force: object !== undefined },
    );
    return undefined;
  } catch (error) {
    if (object === undefined && isConflict(error)) return ofAnother(place, cluster);
    throw error;
  }
}

/** Pauses Cluster API's work on the cluster, and waits until it has paused. Done when there is nothing to pause. */
export async function pauseCluster(context: StepContext): Promise<StepResult> {
  const place = await placeOf(context);
  const known = place === undefined ? undefined : ownIn(place, context.cluster);
  if (place === undefined || known === undefined) return done('there is nothing to pause yet');
  if (known.paused) return pauseProgress(known);
  return pauseProgress(observe(await setPaused(context, place, true)));
}

/** Starts or ends a pause by this controller. */
export function setPaused(
  { client }: Pick<StepContext, 'client'>,
  { apiVersion, name, namespace, object }: Place,
  paused: boolean,
): Promise<CapiObject> {
  const metadata = { uid: object?.metadata.uid, annotations: { [PAUSED_ANNOTATION]: paused ? 'true' : null } };
  return client.patch(
    capiClusters(apiVersion),
    { name, namespace },
    { type: 'merge', body: { metadata, spec: { paused } } },
  );
}
