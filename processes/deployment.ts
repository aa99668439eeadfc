/** Returns the Deployment and PodDisruptionBudget of a controller process. Pure. Those of the authorizer are written by hand. */
import { INSTALLATION_NAMESPACE } from '../api/installation.ts';
import type { ProductProcess } from './processes.ts';
import { type Manifest } from './rbac.ts';
import { permissionFlags } from './sandbox.ts';

/** The folder of this repository in an image, whose entry point is `node`. */
export const APP = '/app';
/** The folder in which Kubernetes mounts the token of a pod and the certificate authority of the kube-apiserver. */
export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount/';

const HEALTH_PORT = 8080;

/** Two replicas: the leader works, the other one takes over when the Lease expires. */
export function deploymentOf({ main, access: { name } }: ProductProcess): Manifest[] {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'steward' };
  const selector = { matchLabels: { 'app.kubernetes.io/name': name } };
  const metadata = { name, namespace: INSTALLATION_NAMESPACE, labels };
  const template = {
    metadata: { labels },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [containerOf(main)],
    },
  };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas: 2, selector, template } },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: { minAvailable: 1, selector } },
  ];
}

function containerOf(main: string): object {
  const probe = (path: string): object => ({ httpGet: { path, port: 'health' }, periodSeconds: 10 });
  return {
    name: 'controller',
    image: 'steward',
    workingDir: APP,
    args: [...permissionFlags(APP, [SERVICE_ACCOUNT]), main, `--health-address=0.0.0.0:${HEALTH_PORT}`],
    ports: [{ name: 'health', containerPort: HEALTH_PORT }],
    livenessProbe: probe('/healthz'),
    readinessProbe: probe('/readyz'),
    resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '1Gi' } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
}
