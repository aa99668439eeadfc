/**
 * Fields that a command could set without any effect. A provider ignores some fields and says so only afterwards, in
 * the status; commands refuse them before anything is written. Pure.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { InputError } from '../errors.ts';

type Spec = Cluster['spec'];

const ownerDecides = (what: string): string =>
  `the owner of an imported cluster decides its ${what}: change it where the cluster was created, and Steward shows the new value`;

/** For each type the fields that commands can set but its provider ignores: why, and what to use instead. */
export const WITHOUT_EFFECT: Readonly<Record<ClusterType, Readonly<Partial<Record<keyof Spec, string>>>>> = {
  Local: {
    nodePools:
      '--num-nodes: a cluster of type Local has no workers. Change the size of its control plane instead: create-cluster --control-plane-replicas COUNT, or resize NAME CONTROL-PLANE-REPLICAS',
  },
  ClusterAPI: {
    publicAlternativeNames:
      '--external-hostname has no effect on a cluster of type ClusterAPI: its ClusterClass decides where its API is reached. ' +
      'If the class has a variable for that, set it in the plan, or under spec.clusterAPI.variables in the manifest that --dry-run prints',
  },
  Imported: {
    version: ownerDecides('version'),
    controlPlane: ownerDecides('size'),
    nodePools: ownerDecides('size'),
  },
};

export function hasEffect(type: ClusterType, field: keyof Spec): boolean {
  return WITHOUT_EFFECT[type][field] === undefined;
}

/** Throws InputError for the first of the given fields that has no effect. */
export function refuseWithoutEffect(type: ClusterType, fields: object): void {
  const reason = Object.entries(WITHOUT_EFFECT[type]).find(([field]) => field in fields)?.[1];
  if (reason !== undefined) throw new InputError(reason);
}

/**
 * A warning for each field of the Cluster that its provider reports as ignored, including fields that no command sets.
 */
export function warningsOf({ spec, status }: Cluster): string[] {
  return (status?.ignoredFields ?? []).map(
    (field) => `warning: ${field} has no effect: clusters of type ${spec.type} ignore it`,
  );
}
