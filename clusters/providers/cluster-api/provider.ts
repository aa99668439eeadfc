/**
 * Provider of type ClusterAPI: clusters that Cluster API creates from a ClusterClass, on any infrastructure that it has
 * a provider for. The steps apply one object (server-side apply), and then follow its status.
 */
import type { AuthorizerSource } from '../../connections/authorization-files.ts';
import { GOAL_MISSING, type Provider, type Step, type StepContext, type StepResult } from '../provider.ts';
import { clientAuthority } from './authority.ts';
import { controlPlaneProgress, infrastructureProgress, upToDateProgress } from './progress.ts';
import { ensureAccess } from './steps/ensure-access.ts';
import { ensureClass, ensureServed } from './steps/ensure-class.ts';
import { ensureCluster, pauseCluster } from './steps/ensure-cluster.ts';
import { follow } from './steps/follow.ts';
import { APPLIED, CLASS_FOUND, REMOVED, removeCluster, removeSecrets } from './steps/remove.ts';

/** A renewed kubeconfig is copied within this time. The old one is still valid for months then. */
const VERIFY_MS = 60_000;

const POOL = ['name', 'class', 'replicas', 'machineClass', 'labels', 'taints.key', 'taints.value', 'taints.effect'];
const USED_FIELDS = [
  'version',
  'controlPlane.replicas',
  'controlPlane.machineClass',
  ...POOL.map((field) => `nodePools.${field}`),
  'clusterCIDR',
  'serviceCIDR',
  'dnsDomain',
  'clusterAPI.namespace',
  'clusterAPI.class',
  'clusterAPI.variables',
];

export interface ClusterAPIOptions {
  /** Makes the clusters call the authorizer; undefined when only RBAC decides in them. */
  readonly authorization: AuthorizerSource | undefined;
}

export function clusterAPIProvider({ authorization }: ClusterAPIOptions): Provider {
  const step = (condition: string, doing: string, run: (context: StepContext) => Promise<StepResult>): Step => ({
    condition,
    doing,
    run,
  });
  return {
    type: 'ClusterAPI',
    usedFields: USED_FIELDS,
    steps: [
      step('ProvidersServed', 'looking for Cluster API', ensureServed),
      step(CLASS_FOUND, 'looking for the ClusterClass', ensureClass),
      step(APPLIED, 'applying the cluster to Cluster API', (context) => ensureCluster(context, authorization)),
      step('InfrastructureReady', 'waiting for the infrastructure', (context) =>
        follow(context, infrastructureProgress),
      ),
      step('ControlPlaneReady', 'waiting for the control plane', (context) => follow(context, controlPlaneProgress)),
      // Before the workers: they become ready only with a network, which someone needs access to install.
      step('AccessReady', 'storing the kubeconfig', ensureAccess),
      step('UpToDate', 'waiting for the machines', (context) =>
        follow(context, (observed, { goal }) => (goal === undefined ? GOAL_MISSING : upToDateProgress(observed, goal))),
      ),
    ],
    removal: [
      step(REMOVED, 'waiting until Cluster API has removed the cluster', removeCluster),
      step('SecretsRemoved', 'removing the Secrets', removeSecrets),
    ],
    pause: pauseCluster,
    clientAuthority,
    verifyEveryMs: VERIFY_MS,
  };
}
