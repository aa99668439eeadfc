/** Steps: the hub serves Cluster API, the namespace belongs to the tenant, and the ClusterClass exists. */
import { coreNamespaces } from '../../../../api/kubernetes/core.ts';
import { ALL_TENANTS_LABEL, TENANT_LABEL } from '../../../../api/platform/labels.ts';
import { done, failed, type StepContext, type StepResult } from '../../provider.ts';
import { type ClassFacts } from '../manifest.ts';
import { classFactsOf } from '../observed.ts';
import { type Place, placeOf } from '../place.ts';
import { type CapiObject, clusterClasses } from '../resources.ts';

export const NOT_SERVED = failed(
  'ClusterAPIMissing',
  'the hub does not serve cluster.x-k8s.io: install Cluster API with the provider for your infrastructure (clusterctl init), or choose another type of cluster',
);

export async function ensureServed(context: StepContext): Promise<StepResult> {
  const place = await placeOf(context);
  if (place === undefined) return NOT_SERVED;
  return (
    (await foreignNamespace(context, place.namespace)) ?? done(`Cluster API is served in version ${place.apiVersion}`)
  );
}

/**
 * Users who may create Clusters of one tenant must not be able to use the infrastructure credentials of another tenant.
 */
async function foreignNamespace(
  { client, cluster, namespace: installation }: StepContext,
  name: string,
): Promise<StepResult | undefined> {
  const { tenantID } = cluster.spec;
  const labels =
    name === installation
      ? { [ALL_TENANTS_LABEL]: 'true' }
      : (await client.get(coreNamespaces, { name }))?.metadata.labels;
  if (labels?.[TENANT_LABEL] === tenantID || labels?.[ALL_TENANTS_LABEL] === 'true') return undefined;
  return failed(
    'NamespaceOfAnotherTenant',
    `there is no namespace ${name} with the label ${TENANT_LABEL}=${tenantID} (or ${ALL_TENANTS_LABEL}=true): have someone who may change namespaces add it, to confirm that the namespace belongs to this tenant`,
  );
}

export async function ensureClass(context: StepContext): Promise<StepResult> {
  const place = await placeOf(context);
  if (place === undefined) return NOT_SERVED;
  const found = await classOf(context, place);
  return 'state' in found ? found : done(`ClusterClass ${found.namespace}/${found.name} exists`);
}

/** Returns the ClusterClass in the goal, or why there is none. */
export async function classOf(context: StepContext, place: Place): Promise<ClassFacts | StepResult> {
  const ref = classRef(context, place);
  if (ref === undefined)
    return failed(
      'ClassMissing',
      'neither the cluster nor its plan names a ClusterClass: set spec.clusterAPI.class.name',
    );
  const found = await readClass(context, place);
  return found === undefined
    ? failed(
        'ClassNotFound',
        `there is no ClusterClass ${ref.namespace}/${ref.name}; kubectl get clusterclasses -A lists the classes`,
      )
    : classFactsOf(found);
}

export async function readClass(context: StepContext, place: Place): Promise<CapiObject | undefined> {
  const ref = classRef(context, place);
  return ref === undefined ? undefined : context.client.get(clusterClasses(place.apiVersion), ref);
}

function classRef(
  { goal }: StepContext,
  { namespace }: Place,
): { readonly name: string; readonly namespace: string } | undefined {
  return goal?.class === undefined
    ? undefined
    : { name: goal.class.name, namespace: goal.class.namespace ?? namespace };
}
