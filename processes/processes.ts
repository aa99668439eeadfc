/** Every process of the product: what is deployed, granted, run and tested is made from this list. */
import { authorizerAccess } from '../authorization/webhook/access.ts';
import { clusterAccess } from '../controllers/cluster/access.ts';
import { clusterHealthAccess } from '../controllers/cluster-health/access.ts';
import { OWNER_CONTROLLERS } from '../controllers/registry/owner-controllers.ts';
import { ruleAccess } from '../controllers/rule/access.ts';
import { accessOf } from '../controllers/rule-owner/access.ts';
import { tanzuClusterAccess } from '../controllers/tanzu-cluster/access.ts';
import type { ProcessAccess } from '../runtime/process/access.ts';

export interface ProductProcess {
  /** The file that is the process. */
  readonly main: string;
  readonly access: ProcessAccess;
}

export const CLUSTER_CONTROLLER: ProductProcess = { main: 'controllers/cluster/main.ts', access: clusterAccess };

export const CONTROLLERS: readonly ProductProcess[] = [
  ...OWNER_CONTROLLERS.map((controller) => ({ main: mainOf(controller.name), access: accessOf(controller) })),
  { main: 'controllers/rule/main.ts', access: ruleAccess },
  CLUSTER_CONTROLLER,
  { main: 'controllers/cluster-health/main.ts', access: clusterHealthAccess },
];

/** Who has manifests of Tanzu adds it: config/tanzu. */
export const TANZU_CONTROLLER: ProductProcess = {
  main: 'controllers/tanzu-cluster/main.ts',
  access: tanzuClusterAccess,
};

export const AUTHORIZER: ProductProcess = { main: 'authorization/webhook/main.ts', access: authorizerAccess };

/** The main file of a controller: steward-X-controller runs controllers/X/main.ts. */
function mainOf(name: string): string {
  return `controllers/${name.replace(/^steward-(.*)-controller$/, '$1')}/main.ts`;
}

export const PROCESSES: readonly ProductProcess[] = [...CONTROLLERS, AUTHORIZER];
