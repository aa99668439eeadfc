/** A Cluster of Cluster API with a topology → the spec of our Cluster, and the fields that have no place in it. Pure. */
import type { NodePool } from '../../api/platform/cluster.ts';
import type { Variable } from '../../api/platform/fields.ts';
import { type ClusterAPICluster, type MachineDeployment, TANZU_CLASS } from '../../api/tanzu/cluster-api-cluster.ts';
import { setFields } from '../../clusters/providers/set-fields.ts';
import { Fields } from './field-tracker.ts';
import { resolveVersion } from './resolve-version.ts';
import { frameOf, networksOf, noted, type Problem, type Settings, type Translation, told } from './translate-tanzu.ts';

/** Whether it is one of the class that Tanzu's users name. */
export function isTanzu({ spec }: ClusterAPICluster): boolean {
  return spec.topology?.class === TANZU_CLASS;
}

export function translateClusterAPI({ spec }: ClusterAPICluster, settings: Settings): Translation | Problem {
  const fields = new Fields(spec);
  const { topology, paused, clusterNetwork = {} } = spec;
  if (topology === undefined) return { reason: 'NoTopology', message: 'spec.topology is missing' };
  const resolved = resolveVersion(topology.version, settings);
  if ('reason' in resolved) return resolved;
  fields.take('paused');
  for (const path of [['class'], ['version'], ['controlPlane', 'replicas']]) fields.take('topology', ...path);
  return {
    spec: {
      ...frameOf(settings, variablesOf(topology, settings, fields), topology.class),
      version: resolved.version,
      ...setFields({ paused: paused === true ? paused : undefined }),
      controlPlane: setFields({ replicas: topology.controlPlane?.replicas }),
      nodePools: (topology.workers?.machineDeployments ?? []).map((each, index) => poolOf(each, index, fields)),
      ...networksOf(clusterNetwork, ['clusterNetwork'], fields),
    },
    unmapped: [...noted(['topology', 'version'], resolved.note), ...told(fields.left(), settings)],
  };
}

type Topology = NonNullable<ClusterAPICluster['spec']['topology']>;

/** A cluster that another provider makes has no ClusterClass, and so no variables. */
function variablesOf({ variables = [] }: Topology, { type }: Settings, fields: Fields): Variable[] {
  if (type !== 'ClusterAPI') return [];
  fields.take('topology', 'variables');
  return [...variables];
}

function poolOf(
  { class: machines, name, replicas, metadata }: MachineDeployment,
  index: number,
  fields: Fields,
): NodePool {
  const at = (...path: string[]): void => fields.take('topology', 'workers', 'machineDeployments', index, ...path);
  for (const field of ['class', 'name', 'replicas']) at(field);
  at('metadata', 'labels');
  return { name, class: machines, ...setFields({ replicas, labels: metadata?.labels }) };
}
