/** Every process of the product: what is deployed, granted, run and tested is made from this list. */
import { authorizerAccess } from '../authorization/webhook/access.ts';
import { clusterAccess } from '../controllers/cluster/controller.ts';
import { clusterHealthAccess } from '../controllers/cluster-health/controller.ts';
import { grantProcess } from '../controllers/grant/controller.ts';
import { groupProcess } from '../controllers/group/controller.ts';
import { policyProcess } from '../controllers/policy/controller.ts';
import { projectPolicyBindingProcess } from '../controllers/project-policy-binding/controller.ts';
import { roleProcess } from '../controllers/role/controller.ts';
import { ruleAccess } from '../controllers/rule/controller.ts';
import { tanzuClusterAccess } from '../controllers/tanzu-cluster/controller.ts';
import type { ProcessAccess } from '../runtime/process/access.ts';

export interface ProductProcess {
  /** The file that is the process. */
  readonly main: string;
  readonly access: ProcessAccess;
}

export const CLUSTER_CONTROLLER: ProductProcess = { main: 'controllers/cluster/main.ts', access: clusterAccess };

export const CONTROLLERS: readonly ProductProcess[] = [
  { main: 'controllers/policy/main.ts', access: policyProcess.access },
  { main: 'controllers/role/main.ts', access: roleProcess.access },
  { main: 'controllers/group/main.ts', access: groupProcess.access },
  { main: 'controllers/project-policy-binding/main.ts', access: projectPolicyBindingProcess.access },
  { main: 'controllers/grant/main.ts', access: grantProcess.access },
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

export const PROCESSES: readonly ProductProcess[] = [...CONTROLLERS, AUTHORIZER];
