/** What a command would set without any effect: a provider ignores some fields, and says so only afterwards, in the status. */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { InputError } from '../errors.ts';

type Spec = Cluster['spec'];

const ownersAffair = (what: string): string =>
  `the ${what} of a cluster that was imported is its owner's affair: change it where the cluster was made, and Steward shows what it finds`;

/** For each type the fields that commands can set and its provider ignores, with why, and what to use instead. */
export const WITHOUT_EFFECT: Readonly<Record<ClusterType, Readonly<Partial<Record<keyof Spec, string>>>>> = {
  Local: {
    nodePools:
      '--num-nodes: a cluster of type Local has no workers. Its size is that of its control plane: create-cluster --members COUNT, or resize NAME MEMBERS',
  },
  ClusterAPI: {
    publicAlternativeNames:
      '--external-hostname has no effect on a cluster of type ClusterAPI: its ClusterClass says where its API is reached. ' +
      'If the class has a variable for that, set it in the plan, or below spec.clusterAPI.variables of what --dry-run prints, and apply that',
  },
  Imported: { version: ownersAffair('version'), controlPlane: ownersAffair('size'), nodePools: ownersAffair('size') },
};

export function hasEffect(type: ClusterType, field: keyof Spec): boolean {
  return WITHOUT_EFFECT[type][field] === undefined;
}

/** Throws InputError for the first field of what is wanted that would be set for nothing. */
export function refuseWithoutEffect(type: ClusterType, wanted: object): void {
  const reason = Object.entries(WITHOUT_EFFECT[type]).find(([field]) => field in wanted)?.[1];
  if (reason !== undefined) throw new InputError(reason);
}

/** A line for each field of a cluster that its provider has ignored: what else stands in its object than commands set. */
export function warningsOf({ spec, status }: Cluster): string[] {
  return (status?.ignoredFields ?? []).map(
    (field) => `warning: ${field} has no effect: clusters of type ${spec.type} do not use it`,
  );
}
