/**
 * Translates a TanzuKubernetesCluster into the spec of a Cluster, and lists the fields without effect. docs/tanzu.md
 * has the table. Pure.
 */

import type { Cluster, NodePool } from '../../api/platform/cluster.ts';
import type { Variable } from '../../api/platform/fields.ts';
import type { TanzuKubernetesCluster } from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import { setFields } from '../../clusters/providers/set-fields.ts';
import { commonSpec, networksOf, noteOn, unmappedOf } from './common-fields.ts';
import { FieldTracker } from './field-tracker.ts';
import { type Resolved, resolveVersion } from './resolve-version.ts';
import { isProblem, type Problem, type Settings, type Translation } from './translation.ts';

type Spec = TanzuKubernetesCluster['spec'];
type Pool = NonNullable<Spec['topology']['nodePools']>[number];

/** The path of the name of the Tanzu release, which stands for the version. */
const RELEASE_PATH = ['topology', 'controlPlane', 'tkr', 'reference', 'name'];

export function translateTanzu({ spec }: TanzuKubernetesCluster, settings: Settings): Translation | Problem {
  const fields = new FieldTracker(spec);
  const release = spec.topology.controlPlane?.tkr?.reference?.name ?? '';
  const resolved: Resolved | VersionFromPlan = release === '' ? {} : resolveVersion(release, settings);
  if (isProblem(resolved)) return resolved;
  fields.use(...RELEASE_PATH);
  const { version, note } = resolved;
  const variables = variablesOf(spec, settings, fields);
  return {
    spec: {
      ...commonSpec(settings, variables),
      ...setFields({ version }),
      controlPlane: controlPlaneOf(spec, fields),
      nodePools: (spec.topology.nodePools ?? []).map((pool, index) => poolOf(pool, index, release, fields)),
      ...networksOf(spec.settings?.network ?? {}, ['settings', 'network'], fields),
    },
    unmapped: [...noteOn(RELEASE_PATH, note), ...unmappedOf(fields.unused(), settings)],
  };
}

/** The object names no release: the version comes from the plan. */
interface VersionFromPlan {
  readonly version?: undefined;
  readonly note?: undefined;
}

function controlPlaneOf(
  { topology: { controlPlane } }: Spec,
  fields: FieldTracker,
): NonNullable<Cluster['spec']['controlPlane']> {
  for (const field of ['replicas', 'vmClass']) fields.use('topology', 'controlPlane', field);
  return setFields({ replicas: controlPlane?.replicas, machineClass: controlPlane?.vmClass });
}

function poolOf(
  { name, replicas, vmClass, labels, taints, tkr }: Pool,
  index: number,
  release: string,
  fields: FieldTracker,
): NodePool {
  const use = (...path: string[]): void => fields.use('topology', 'nodePools', index, ...path);
  for (const field of ['name', 'replicas', 'vmClass', 'labels', 'taints']) use(field);
  // Workers have the version of the control plane, so a pool that names the same release asks for nothing else.
  if (tkr?.reference?.name === release) use('tkr', 'reference', 'name');
  return { name, ...setFields({ replicas, machineClass: vmClass, labels, taints }) };
}

/** The variables that the Tanzu class declares. The class of a plan may not know them. */
function variablesOf(
  { topology: { controlPlane }, settings: of }: Spec,
  { type, plan }: Settings,
  fields: FieldTracker,
): Variable[] {
  if (type !== 'ClusterAPI' || plan !== undefined) return [];
  const sources: readonly (readonly [name: string, value: unknown, path: readonly string[]])[] = [
    ['vmClass', controlPlane?.vmClass, ['topology', 'controlPlane', 'vmClass']],
    ['storageClass', controlPlane?.storageClass, ['topology', 'controlPlane', 'storageClass']],
    ['storageClasses', of?.storage?.classes, ['settings', 'storage', 'classes']],
    ['defaultStorageClass', of?.storage?.defaultClass, ['settings', 'storage', 'defaultClass']],
  ];
  return sources.flatMap(([name, value, path]) => {
    fields.use(...path);
    return value === undefined || value === null ? [] : [{ name, value }];
  });
}
