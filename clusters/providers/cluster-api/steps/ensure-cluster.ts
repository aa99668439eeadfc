/** Step: Cluster API has been told what the cluster should be. And the same for a pause, which changes one field. */

import { isConflict } from '../../../../runtime/errors.ts';
import type { AuthorizerSource } from '../../../connections/authorization-files.ts';
import { done, failed, type StepContext, type StepResult, waiting } from '../../provider.ts';
import { ensureAuthorization } from '../authorization.ts';
import { type ClassFacts, isManifestProblem, manifestOf } from '../manifest.ts';
import { observe } from '../observed.ts';
import { ownIn, type Place, placeOf } from '../place.ts';
import { pauseProgress } from '../progress.ts';
import { refusalOf } from '../refusal.ts';
import { type CapiObject, capiClusters, OWNER_ANNOTATION, PAUSED_ANNOTATION } from '../resources.ts';
import { classOf, NOT_SERVED } from './ensure-class.ts';

export async function ensureCluster(context: StepContext, source: AuthorizerSource | undefined): Promise<StepResult> {
  const place = await placeOf(context);
  if (place === undefined) return NOT_SERVED;
  const classFacts = await classOf(context, place);
  if ('state' in classFacts) return classFacts;
  return foreign(place, context.cluster) ?? tell(context, place, classFacts, source);
}

async function tell(
  context: StepContext,
  place: Place,
  classFacts: ClassFacts,
  source: AuthorizerSource | undefined,
): Promise<StepResult> {
  const { goal } = context;
  if (goal === undefined) return failed('GoalMissing', 'nothing says what the cluster should be');
  try {
    const { value, tells } = await ensureAuthorization(context, place, classFacts, source);
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
      done(`Cluster API has taken what the cluster should be; ${tells}`)
    );
  } catch (error) {
    const refused = refusalOf(error, 'this');
    if (refused === undefined) throw error;
    return refused;
  }
}

/** A Cluster of that name which was not made for this one is never touched. */
function foreign(place: Place, cluster: StepContext['cluster']): StepResult | undefined {
  const { object } = place;
  if (object === undefined) return undefined;
  if (ownIn(place, cluster) === undefined) return ofAnother(place, cluster);
  return object.metadata.deletionTimestamp === undefined
    ? undefined
    : waiting('ClusterAPIDeleting', 'Cluster API still removes an earlier cluster of this name', 5_000);
}

function ofAnother({ namespace, name }: Place, { metadata }: StepContext['cluster']): StepResult {
  return failed(
    'ClusterOfAnother',
    `Cluster API has a Cluster ${namespace}/${name} already that was not made for this one: name yours otherwise, import that one (type Imported), ` +
      `or hand it over with the annotation ${OWNER_ANNOTATION}=${metadata.uid ?? ''}`,
  );
}

/** The place once our own pause has ended. */
async function unpaused(context: StepContext, place: Place): Promise<Place> {
  return ownIn(place, context.cluster)?.pausedByUs === true
    ? { ...place, object: await setPaused(context, place, false) }
    : place;
}

/** Undefined when Cluster API has taken it. */
async function apply(
  { client, cluster }: StepContext,
  place: Place,
  manifest: CapiObject,
): Promise<StepResult | undefined> {
  const { namespace, name, object, apiVersion } = place;
  // With its uid another object of the name is not met; and at its creation nothing is forced upon what came meanwhile.
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

/** Tells Cluster API to leave the cluster as it is, and sees that it does. Nothing to pause is paused. */
export async function pauseCluster(context: StepContext): Promise<StepResult> {
  const place = await placeOf(context);
  const known = place === undefined ? undefined : ownIn(place, context.cluster);
  if (place === undefined || known === undefined) return done('there is nothing to pause yet');
  if (known.paused) return pauseProgress(known);
  return pauseProgress(observe(await setPaused(context, place, true)));
}

/** Begins or ends our own pause. */
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
