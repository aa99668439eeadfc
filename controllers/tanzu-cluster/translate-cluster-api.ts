/**
 * Translates a Cluster of Cluster API with a topology into the spec of our Cluster, and lists the fields without
 * effect. Pure.
 */
import type { NodePool } from '../../api/platform/cluster.ts';
import type { Variable } from '../../api/platform/fields.ts';
import { type ClusterAPICluster, type MachineDeployment, TANZU_CLASS } from '../../api/tanzu/cluster-api-cluster.ts';
import { setFields } from '../../clusters/providers/set-fields.ts';
import { commonSpec, networksOf, noteOn, unmappedOf } from './common-fields.ts';
import { FieldTracker } from './field-tracker.ts';
import { resolveVersion } from './resolve-version.ts';
import { isProblem, type Problem, type Settings, type Translation } from './translation.ts';

/** Whether its ClusterClass is the one that Tanzu's users name. */
export function isTanzu({ spec }: ClusterAPICluster): boolean {
  return spec.topology?.class === TANZU_CLASS;
}

export function translateClusterAPI({ spec }: ClusterAPICluster, settings: Settings): Translation | Problem {
  const fields = new FieldTracker(spec);
  const { topology, paused, clusterNetwork = {} } = spec;
  if (topology === undefined) return { reason: 'NoTopology', message: 'spec.topology is missing: set it' };
  const resolved = resolveVersion(topology.version, settings);
  if (isProblem(resolved)) return resolved;
  fields.use('paused');
  for (const path of [['class'], ['version'], ['controlPlane', 'replicas']]) fields.use('topology', ...path);
  return {
    spec: {
      ...commonSpec(settings, variablesOf(topology, settings, fields), topology.class),
      version: resolved.version,
      ...setFields({ paused: paused === true ? paused : undefined }),
      controlPlane: setFields({ replicas: topology.controlPlane?.replicas }),
      nodePools: (topology.workers?.machineDeployments ?? []).map((each, index) => poolOf(each, index, fields)),
      ...networksOf(clusterNetwork, ['clusterNetwork'], fields),
    },
    unmapped: [...noteOn(['topology', 'version'], resolved.note), ...unmappedOf(fields.unused(), settings)],
  };
}

type Topology = NonNullable<ClusterAPICluster['spec']['topology']>;

/** Only a cluster of type ClusterAPI has a ClusterClass, and so variables. */
function variablesOf({ variables = [] }: Topology, { type }: Settings, fields: FieldTracker): Variable[] {
  if (type !== 'ClusterAPI') return [];
  fields.use('topology', 'variables');
  return [...variables];
}

function poolOf(
  { class: workerClass, name, replicas, metadata }: MachineDeployment,
  index: number,
  fields: FieldTracker,
): NodePool {
  const use = (...path: string[]): void => fields.use('topology', 'workers', 'machineDeployments', index, ...path);
  for (const field of ['class', 'name', 'replicas']) use(field);
  use('metadata', 'labels');
  return { name, class: workerClass, ...setFields({ replicas, labels: metadata?.labels }) };
}
