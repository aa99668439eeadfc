/** Every process of the product. What is deployed, granted, run, documented and tested derives from this list. */
import { authorizerAccess } from '../authorization/webhook/access.ts';
import { AUTHORIZER_FLAGS } from '../authorization/webhook/flags.ts';
import { AUTHORIZER_METRICS } from '../authorization/webhook/metrics.ts';
import { clusterAccess } from '../controllers/cluster/access.ts';
import { CLUSTER_FLAGS } from '../controllers/cluster/flags.ts';
import { clusterHealthAccess } from '../controllers/cluster-health/access.ts';
import { CLUSTER_HEALTH_FLAGS } from '../controllers/cluster-health/flags.ts';
import { CLUSTER_HEALTH_METRICS } from '../controllers/cluster-health/metrics.ts';
import { OWNER_CONTROLLERS } from '../controllers/registry/owner-controllers.ts';
import { ruleAccess } from '../controllers/rule/access.ts';
import { RULE_FLAGS } from '../controllers/rule/flags.ts';
import { RULE_METRICS } from '../controllers/rule/metrics.ts';
import { accessOf } from '../controllers/rule-owner/access.ts';
import { tanzuClusterAccess } from '../controllers/tanzu-cluster/access.ts';
import { TANZU_CLUSTER_FLAGS } from '../controllers/tanzu-cluster/flags.ts';
import { COMMON_METRICS, type MetricSpec, type MetricSpecs } from '../runtime/metrics.ts';
import type { ProcessAccess } from '../runtime/process/access.ts';
import { commonFlags, type FlagSpecs } from '../runtime/process/flags.ts';

export interface ProductProcess {
  /** The file that is the process. */
  readonly main: string;
  readonly access: ProcessAccess;
  /** Flags that only this process has. */
  readonly flags?: FlagSpecs;
  /** Metrics that only this process has. */
  readonly metrics?: MetricSpecs;
}

export const CLUSTER_CONTROLLER: ProductProcess = {
  main: 'controllers/cluster/main.ts',
  access: clusterAccess,
  flags: CLUSTER_FLAGS,
};

export const CONTROLLERS: readonly ProductProcess[] = [
  ...OWNER_CONTROLLERS.map((controller) => ({ main: mainOf(controller.name), access: accessOf(controller) })),
  { main: 'controllers/rule/main.ts', access: ruleAccess, flags: RULE_FLAGS, metrics: RULE_METRICS },
  CLUSTER_CONTROLLER,
  {
    main: 'controllers/cluster-health/main.ts',
    access: clusterHealthAccess,
    flags: CLUSTER_HEALTH_FLAGS,
    metrics: CLUSTER_HEALTH_METRICS,
  },
];

/** Optional: an installation with Tanzu manifests adds config/tanzu. */
export const TANZU_CONTROLLER: ProductProcess = {
  main: 'controllers/tanzu-cluster/main.ts',
  access: tanzuClusterAccess,
  flags: TANZU_CLUSTER_FLAGS,
};

export const AUTHORIZER: ProductProcess = {
  main: 'authorization/webhook/main.ts',
  access: authorizerAccess,
  flags: AUTHORIZER_FLAGS,
  metrics: AUTHORIZER_METRICS,
};

/** The main file of a controller: steward-X-controller runs controllers/X/main.ts. */
function mainOf(name: string): string {
  return `controllers/${name.replace(/^steward-(.*)-controller$/, '$1')}/main.ts`;
}

/** The processes of config/default. */
export const PROCESSES: readonly ProductProcess[] = [...CONTROLLERS, AUTHORIZER];

/** All flags of a process, as its --help shows them. */
export function flagsOf({ access, flags = {} }: ProductProcess): FlagSpecs {
  return { ...commonFlags(access.leaderElection), ...flags };
}

/** All metrics of a process. */
export function metricsOf({ metrics = {} }: ProductProcess): readonly MetricSpec[] {
  return [...Object.values(COMMON_METRICS), ...Object.values(metrics)];
}
