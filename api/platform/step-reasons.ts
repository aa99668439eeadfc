/**
 * The reasons in the conditions of a provider's steps. The condition of a step has the name of the step, such as
 * EtcdReady.
 */
import type { ReasonDoc } from '../schema/reason.ts';

const WAIT = 'Wait. The step continues by itself.';

const IMPORTED_REASONS = {
  AnotherCluster: {
    meaning: 'Another cluster now answers at the address: its namespace kube-system has another uid.',
    action: 'Correct the address, or import the new cluster under another name.',
  },
  AlreadyImported: {
    meaning: 'Another Cluster object already stands for this cluster.',
    action: 'Delete one of the two Cluster objects.',
  },
} as const satisfies Readonly<Record<string, ReasonDoc>>;

const LOCAL_REASONS = {
  VersionUnknown: {
    meaning:
      'The controller has no programs for this version; in the condition PermissionsReviewed: no data about what it serves.',
    action: 'Choose one of the versions in the message, or look up removed APIs in the Kubernetes deprecation guide.',
  },
  Elsewhere: {
    meaning: 'The processes of the cluster were started on another machine or in another folder.',
    action: 'Run the controller there, or delete the Secret in the message if that machine is gone.',
  },
  DiskFull: {
    meaning: 'The disk of the controller is full.',
    action: 'Free space, or start the controller with another --local-directory.',
  },
  DataMissing: {
    meaning: 'The data of etcd is missing although the cluster was created.',
    action: 'Restore the folder in the message, or delete the cluster and create it again.',
  },
  PortInUse: {
    meaning: 'Another program uses a port of the cluster.',
    action: 'End that program. `ss -ltnp` shows it.',
  },
  ProcessEnded: {
    meaning: 'A process of the cluster ended right after its start.',
    action: 'Read its log in the message.',
  },
  EtcdStarting: { meaning: 'etcd does not serve yet.', action: WAIT },
  EtcdJoining: { meaning: 'A new etcd member is joining.', action: WAIT },
  EtcdDiscarded: { meaning: 'Old data of an etcd member that left is being removed.', action: WAIT },
  ApiserverStarting: { meaning: 'A kube-apiserver is starting.', action: WAIT },
  ApiserverReplaced: { meaning: 'A kube-apiserver is restarting with the new version or settings.', action: WAIT },
  Shrinking: { meaning: 'A control plane replica is being removed.', action: WAIT },
} as const satisfies Readonly<Record<string, ReasonDoc>>;

const CLUSTER_API_REASONS = {
  ClusterAPIMissing: {
    meaning: 'The hub does not serve Cluster API.',
    action: 'Install Cluster API with `clusterctl init`, or choose another cluster type.',
  },
  ClusterAPITooOld: { meaning: 'Cluster API is older than 1.9.', action: 'Upgrade Cluster API.' },
  ClusterAPINotRunning: {
    meaning: 'A webhook of Cluster API does not answer.',
    action: 'Check that the managers of Cluster API run.',
  },
  ClusterAPIDeleting: { meaning: 'Cluster API is removing the cluster and its machines.', action: WAIT },
  RefusedByClusterAPI: {
    meaning: 'Cluster API refuses the change.',
    action: 'Correct the field that the message names.',
  },
  PausedInClusterAPI: {
    meaning: 'Another user has paused the Cluster API object.',
    action: 'Wait for their work to end, or set its `spec.paused` to false.',
  },
  NamespaceOfAnotherTenant: {
    meaning: 'The namespace does not exist, or is not labelled for the tenant of the cluster.',
    action: 'Have an administrator add the label in the message, or choose another namespace.',
  },
  ClassMissing: {
    meaning: 'Neither the cluster nor its plan names a ClusterClass.',
    action: 'Set `spec.clusterAPI.class.name`.',
  },
  ClassNotFound: {
    meaning: 'The ClusterClass does not exist.',
    action: 'Name one that `kubectl get clusterclasses -A` lists.',
  },
  ClassNotReady: {
    meaning: 'Cluster API has not reconciled the ClusterClass yet.',
    action: 'Wait. If it stays, read the message.',
  },
  ClassTemplatesMissing: {
    meaning: 'Cluster API cannot read a template of the ClusterClass.',
    action: 'Install the providers of these kinds, and create the missing templates.',
  },
  ClassVariablesFailed: {
    meaning: 'Cluster API cannot determine the variables of the ClusterClass.',
    action: 'Read the message, and correct the ClusterClass.',
  },
  KindNotServed: {
    meaning: 'The hub does not serve a kind that the ClusterClass names.',
    action: 'Install the infrastructure provider of that kind.',
  },
  VariableReserved: {
    meaning: 'The cluster sets a ClusterClass variable that only the controller may set.',
    action: 'Remove the variable from `spec.clusterAPI.variables`.',
  },
  MachineClassUnsupported: {
    meaning: 'The ClusterClass has no variable for machine classes.',
    action: 'Remove `machineClass`, or add the variable to the ClusterClass.',
  },
  TaintsUnsupported: {
    meaning: 'The served version of Cluster API has no taints.',
    action: 'Remove the taints, or upgrade Cluster API to one that serves v1beta2.',
  },
  WorkerClassUnknown: {
    meaning: 'A pool names no worker class of the ClusterClass.',
    action: 'Set `class` of the pool to one in the message.',
  },
  ClusterOfAnother: {
    meaning: 'A Cluster API object of this name exists that was not created for this cluster.',
    action: 'Choose another name, import that cluster, or hand it over with the annotation in the message.',
  },
  ClusterGone: {
    meaning: 'The Cluster API object was deleted by someone else.',
    action: 'Wait. It is created again at the next full check.',
  },
  InfrastructureCreating: { meaning: 'Cluster API is creating networks and load balancers.', action: WAIT },
  ControlPlaneStarting: { meaning: 'The first control plane machine is starting.', action: WAIT },
  TopologyReconciling: { meaning: 'Cluster API is applying the new topology.', action: WAIT },
  TopologyFailed: { meaning: 'Cluster API cannot apply the topology.', action: 'Correct what the message names.' },
  RollingOut: { meaning: 'Machines are being replaced, one at a time.', action: WAIT },
  ScalingUp: { meaning: 'Machines are being added.', action: WAIT },
  ScalingDown: { meaning: 'Machines are being removed.', action: WAIT },
  ControlPlaneUpdating: { meaning: 'Some control plane machines are not up to date yet.', action: WAIT },
  WorkersUpdating: { meaning: 'Some workers are not up to date yet.', action: WAIT },
  NotAvailable: {
    meaning: 'Cluster API does not call the cluster available yet.',
    action: 'Wait. If it stays, read the message.',
  },
  MachinesChanging: { meaning: 'The number or version of the machines does not match yet.', action: WAIT },
  KubeconfigMissing: { meaning: 'Cluster API has not written the kubeconfig yet.', action: WAIT },
} as const satisfies Readonly<Record<string, ReasonDoc>>;

export const STEP_REASONS = {
  ...IMPORTED_REASONS,
  ...LOCAL_REASONS,
  ...CLUSTER_API_REASONS,
} as const satisfies Readonly<Record<string, ReasonDoc>>;
