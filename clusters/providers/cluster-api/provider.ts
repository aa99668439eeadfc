/**
 * Clusters that Cluster API makes from a ClusterClass, on whatever infrastructure it has a provider for. What is done here
 * is to tell it what is wanted, with server-side apply of one object, and to follow what becomes of that.
 */
import type { AuthorizerSource } from '../../connections/authorization-files.ts';
import { failed, type Provider, type Step, type StepContext, type StepResult } from '../provider.ts';
import { clientAuthority } from './authority.ts';
import { controlPlaneProgress, infrastructureProgress, upToDateProgress } from './progress.ts';
import { ensureAccess } from './steps/ensure-access.ts';
import { ensureClass, ensureServed } from './steps/ensure-class.ts';
import { ensureCluster, pauseCluster } from './steps/ensure-cluster.ts';
import { follow } from './steps/follow.ts';
import { APPLIED, CLASS_FOUND, REMOVED, removeCluster, removeSecrets } from './steps/remove.ts';

/** A renewed kubeconfig is taken over within this time; the old one is good for months then. */
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
  /** What clusters need to ask the authorizer; undefined when RBAC alone decides in them. */
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
      step(CLASS_FOUND, 'looking for its ClusterClass', ensureClass),
      step(APPLIED, 'telling Cluster API what it should be', (context) => ensureCluster(context, authorization)),
      step('InfrastructureReady', 'waiting for its infrastructure', (context) =>
        follow(context, infrastructureProgress),
      ),
      step('ControlPlaneReady', 'waiting for its control plane', (context) => follow(context, controlPlaneProgress)),
      // Before the workers: they are ready only with a network, which somebody has to be able to install.
      step('AccessReady', 'storing its kubeconfig', ensureAccess),
      step('UpToDate', 'waiting for its machines', (context) =>
        follow(context, (observed, { goal }) =>
          goal === undefined
            ? failed('GoalMissing', 'nothing says what the cluster should be')
            : upToDateProgress(observed, goal),
        ),
      ),
    ],
    removal: [
      step(REMOVED, 'waiting until Cluster API has removed it', removeCluster),
      step('SecretsRemoved', 'removing its Secrets', removeSecrets),
    ],
    pause: pauseCluster,
    clientAuthority,
    verifyEveryMs: VERIFY_MS,
  };
}
