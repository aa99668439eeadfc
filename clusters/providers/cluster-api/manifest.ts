/** Translates a goal into the Cluster object of Cluster API, in either API version. Pure. */
import { CLUSTER_LABEL, TENANT_LABEL } from '../../../api/platform/labels.ts';
import type { Goal, PoolGoal, Problem } from '../goal.ts';
import { type ApiVersion, type CapiObject, CLUSTER_API_GROUP, OWNER_ANNOTATION } from './resources.ts';

/** What the translation needs to know about a ClusterClass. */
export interface ClassFacts {
  readonly name: string;
  readonly namespace: string;
  /** The names of its machine deployment classes. */
  readonly workers: readonly string[];
  /** The names of its variables. */
  readonly variables: readonly string[];
}

/** Only the controller may set this variable: it names the Secret whose files decide who may do what in the cluster. */
export const AUTHORIZATION_VARIABLE = 'stewardAuthorization';

/** The value of that variable. */
export interface AuthorizationValue {
  readonly secretName: string;
  readonly revision: string;
}

export interface ManifestInput {
  readonly goal: Goal;
  readonly apiVersion: ApiVersion;
  /** The namespace of the Cluster API objects. */
  readonly namespace: string;
  readonly classFacts: ClassFacts;
  readonly authorization?: AuthorizationValue | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** The variables that a ClusterClass may declare for the size of a machine. Classes for vSphere use vmClass. */
const SIZE_VARIABLES = ['machineClass', 'vmClass'];

/** Returns the Cluster object, or why the goal cannot be translated. */
export function manifestOf(input: ManifestInput): CapiObject | Problem {
  const { goal, apiVersion, namespace } = input;
  const wrong = problemOf(input);
  if (wrong !== undefined) return wrong;
  return {
    apiVersion: `${CLUSTER_API_GROUP}/${apiVersion}`,
    kind: 'Cluster',
    metadata: {
      name: goal.name,
      namespace,
      labels: { [CLUSTER_LABEL]: goal.name, [TENANT_LABEL]: goal.tenantID },
      // An annotation, not an ownerReference: restoring the hub from a backup with new uids would delete every cluster.
      annotations: { [OWNER_ANNOTATION]: goal.uid },
    },
    spec: {
      clusterNetwork: {
        pods: { cidrBlocks: [goal.clusterCIDR] },
        services: { cidrBlocks: [goal.serviceCIDR] },
        serviceDomain: goal.dnsDomain,
      },
      topology: topologyOf(input),
    },
  };
}

export function isManifestProblem(value: CapiObject | Problem): value is Problem {
  return 'reason' in value;
}

function topologyOf({ goal, apiVersion, classFacts, namespace, authorization }: ManifestInput): Fields {
  const { name, namespace: from } = classFacts;
  const moved = from === namespace ? {} : apiVersion === 'v1beta2' ? { namespace: from } : { classNamespace: from };
  const { replicas, machineClass } = goal.controlPlane;
  const reference = apiVersion === 'v1beta2' ? { classRef: { name, ...moved } } : { class: name, ...moved };
  const own = authorization === undefined ? [] : [{ name: AUTHORIZATION_VARIABLE, value: authorization }];
  const variables = [...goal.variables.map(({ name: variable, value }) => ({ name: variable, value })), ...own];
  return {
    ...reference,
    version: goal.version,
    controlPlane: { replicas, ...overrides(machineClass, classFacts) },
    // Cluster API refuses an empty list.
    ...(goal.nodePools.length === 0
      ? {}
      : { workers: { machineDeployments: goal.nodePools.map((pool) => deploymentOf(pool, classFacts)) } }),
    ...(variables.length === 0 ? {} : { variables }),
  };
}

function deploymentOf(
  { name, class: named, replicas, machineClass, labels, taints }: PoolGoal,
  facts: ClassFacts,
): Fields {
  return {
    class: named ?? facts.workers[0] ?? '',
    name,
    replicas,
    ...(Object.keys(labels).length === 0 ? {} : { metadata: { labels } }),
    ...(taints.length === 0
      ? {}
      : {
          taints: taints.map(({ key, value, effect }) => ({
            key,
            ...(value === undefined ? {} : { value }),
            effect,
            propagation: 'Always',
          })),
        }),
    ...overrides(machineClass, facts),
  };
}

function overrides(machineClass: string | undefined, facts: ClassFacts): Fields {
  const name = sizeVariable(facts);
  return machineClass === undefined || name === undefined
    ? {}
    : { variables: { overrides: [{ name, value: machineClass }] } };
}

function sizeVariable({ variables }: ClassFacts): string | undefined {
  return SIZE_VARIABLES.find((name) => variables.includes(name));
}

function problemOf(input: ManifestInput): Problem | undefined {
  if (input.goal.variables.some(({ name }) => name === AUTHORIZATION_VARIABLE)) {
    return {
      reason: 'VariableReserved',
      message: `only the controller may set the variable ${AUTHORIZATION_VARIABLE}: remove it from clusterAPI.variables`,
    };
  }
  return sizeProblem(input) ?? poolProblem(input);
}

function sizeProblem({ goal, classFacts }: ManifestInput): Problem | undefined {
  const sized = [goal.controlPlane, ...goal.nodePools].find(
    ({ machineClass }) => machineClass !== undefined,
  )?.machineClass;
  if (sized === undefined || sizeVariable(classFacts) !== undefined) return undefined;
  const message = `machineClass ${sized} has no effect because ClusterClass ${classFacts.name} declares neither variable ${SIZE_VARIABLES.join(' nor ')}: use clusterAPI.variables instead`;
  return { reason: 'MachineClassUnsupported', message };
}

function poolProblem({ goal, apiVersion, classFacts: { name, workers } }: ManifestInput): Problem | undefined {
  const tainted = goal.nodePools.find(({ taints }) => taints.length > 0);
  if (tainted !== undefined && apiVersion === 'v1beta1') {
    return {
      reason: 'TaintsUnsupported',
      message: `pool ${tainted.name} has taints, which Cluster API supports only from v1beta2 on: remove them, or use a variable of the ClusterClass`,
    };
  }
  const unknown = goal.nodePools.find((pool) =>
    pool.class === undefined ? workers.length !== 1 : !workers.includes(pool.class),
  );
  if (unknown === undefined) return undefined;
  const named =
    unknown.class === undefined ? 'must name a worker class' : `names an unknown worker class, ${unknown.class}`;
  return {
    reason: 'WorkerClassUnknown',
    message: `pool ${unknown.name} ${named}: choose one that ClusterClass ${name} has (${workers.join(', ') || 'it has none'})`,
  };
}
