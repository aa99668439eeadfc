/**
 * Resolves the credential of a cluster from its Secret or its ClusterCredential. Pure. Anyone who may create a Cluster
 * may supply a kubeconfig, so everything in it that would run a program, read a file or trust any server is refused.
 */
import type { Secret } from '../../api/kubernetes/core.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterCredential } from '../../api/platform/cluster-credential.ts';
import { CLUSTER_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import { type Credential, type CredentialProblem, checkedParts, isCredentialProblem } from './credential.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

export interface CredentialSources {
  /** The Secret that the cluster names, or that its provider wrote; undefined when it does not exist. */
  readonly secret: Secret | undefined;
  readonly credential: ClusterCredential | undefined;
}

/** Returns the credential of a cluster, or what is wrong with it. */
export function resolveCredential(
  cluster: Cluster,
  { secret, credential }: CredentialSources,
): Credential | CredentialProblem {
  const named = cluster.spec.kubeconfigSecret ?? cluster.status?.kubeconfigSecret ?? undefined;
  if (named !== undefined) return fromSecret(cluster, named, secret);
  const reference = cluster.spec.clusterCredentialRef?.name;
  if (reference !== undefined) return fromCredential(cluster, reference, credential);
  return {
    reason: 'CredentialMissing',
    message: 'the cluster has no credential yet: set spec.kubeconfigSecret, or wait until its provider has stored one',
  };
}

function fromSecret(cluster: Cluster, name: string, secret: Secret | undefined): Credential | CredentialProblem {
  const where = `Secret ${name}`;
  if (secret === undefined)
    return { reason: 'SecretNotFound', message: `${where} does not exist in the namespace of the installation` };
  const {
    metadata: { labels = {} },
    data = {},
  } = secret;
  const foreign = foreignTo(cluster, labels, where);
  if (foreign !== undefined) return foreign;
  const { server } = cluster.spec;
  const text = decode(data['value'] ?? data['kubeconfig']);
  if (text !== undefined) return withServer(parseKubeconfig(text, where), server, where);
  const [ca, token, cert, key] = ['ca.crt', 'token', 'tls.crt', 'tls.key'].map((field) => decode(data[field]));
  return withAuthority(checkedParts({ server, ca, token: token?.trim(), cert, key, where }), where);
}

/** A Secret serves only the tenant in its labels, and only the cluster in its labels where they name one. */
function foreignTo(
  { spec, metadata }: Cluster,
  labels: Readonly<Record<string, string>>,
  where: string,
): CredentialProblem | undefined {
  if (labels[TENANT_LABEL] !== spec.tenantID) {
    return {
      reason: 'SecretOfAnotherTenant',
      message: `${where} does not have the label ${TENANT_LABEL}=${spec.tenantID}: have someone who may write Secrets there add it, to confirm that the Secret belongs to this tenant`,
    };
  }
  if ((labels[CLUSTER_LABEL] ?? metadata.name) !== metadata.name) {
    return {
      reason: 'SecretOfAnotherCluster',
      message: `the label ${CLUSTER_LABEL} of ${where} names another cluster`,
    };
  }
  return undefined;
}

function fromCredential(
  cluster: Cluster,
  name: string,
  credential: ClusterCredential | undefined,
): Credential | CredentialProblem {
  if (credential === undefined)
    return { reason: 'CredentialNotFound', message: `ClusterCredential ${name} does not exist` };
  const { tenantID, clusterName, token, as, 'as-groups': groups, 'as-user-extra': extra } = credential;
  const where = `ClusterCredential ${name}`;
  if (tenantID !== cluster.spec.tenantID || clusterName !== cluster.metadata.name) {
    return {
      reason: 'CredentialOfAnother',
      message: `${where} is for cluster ${clusterName} of tenant ${tenantID}: its tenantID and clusterName must name this cluster`,
    };
  }
  if (!isEmpty(groups) || !isEmpty(extra)) {
    return {
      reason: 'CredentialRefused',
      message: `${where}: as-groups and as-user-extra are not supported; only a user can be impersonated, with as`,
    };
  }
  const [ca, cert, key] = [credential.caCert, credential.clientCert, credential.clientKey].map((bytes) =>
    decode(bytes ?? undefined),
  );
  return withAuthority(
    checkedParts({ server: cluster.spec.server, ca, token: token?.trim(), cert, key, impersonate: as, where }),
    where,
  );
}

function isEmpty(value: object | null | undefined): boolean {
  return Object.keys(value ?? {}).length === 0;
}

/** The address in the Cluster overrides the address in its kubeconfig. */
function withServer(
  found: Credential | CredentialProblem,
  server: string | undefined,
  where: string,
): Credential | CredentialProblem {
  if (isCredentialProblem(found) || server === undefined || server === found.server) return found;
  const moved = checkedParts({ ...found, server, where });
  return isCredentialProblem(moved) ? moved : withAuthority({ ...moved, servername: found.servername }, where);
}

/**
 * Requires a CA. The author of the Cluster chooses the address, but may not know the token. With a CA, the token goes
 * only to servers that the issuer of the credential trusts. Without one, it would go to any server with a public
 * certificate.
 */
function withAuthority(found: Credential | CredentialProblem, where: string): Credential | CredentialProblem {
  if (isCredentialProblem(found) || found.ca !== undefined) return found;
  return {
    reason: 'CredentialInvalid',
    message: `${where}: it has no CA, so the credential could be sent to any server that spec.server names: add the CA of the cluster`,
  };
}

function decode(base64: string | undefined): string | undefined {
  return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}
