/**
 * What reaches a member cluster: its address, its authority, and a token or client certificate; from a Secret or a
 * ClusterCredential. Pure. A kubeconfig comes from whoever may create a Cluster: what in it would run a program, read a
 * file or trust any server is refused.
 */
import type { Secret } from '../../api/kubernetes/core.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterCredential } from '../../api/platform/cluster-credential.ts';
import { CLUSTER_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import { type Credential, type CredentialProblem, checkedParts, isCredentialProblem } from './credential.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

export interface CredentialSources {
  /** The Secret that the cluster names, or that its provider wrote. */
  readonly secret: Secret | undefined;
  readonly credential: ClusterCredential | undefined;
}

/** The credential of a cluster, or what is wrong with it. */
export function resolveCredential(
  cluster: Cluster,
  { secret, credential }: CredentialSources,
): Credential | CredentialProblem {
  const named = cluster.spec.kubeconfigSecret ?? cluster.status?.kubeconfigSecret ?? undefined;
  if (named !== undefined) return fromSecret(cluster, named, secret);
  const reference = cluster.spec.clusterCredentialRef?.name;
  if (reference !== undefined) return fromCredential(cluster, reference, credential);
  return { reason: 'CredentialMissing', message: 'the cluster has no credential yet' };
}

function fromSecret(cluster: Cluster, name: string, secret: Secret | undefined): Credential | CredentialProblem {
  const where = `Secret ${name}`;
  if (secret === undefined)
    return { reason: 'SecretNotFound', message: `there is no ${where} in the namespace of the installation` };
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

/** A Secret is used by the tenant, and where it says so the cluster, that its labels name. */
function foreignTo(
  { spec, metadata }: Cluster,
  labels: Readonly<Record<string, string>>,
  where: string,
): CredentialProblem | undefined {
  if (labels[TENANT_LABEL] !== spec.tenantID) {
    return {
      reason: 'SecretOfAnotherTenant',
      message: `${where} does not have the label ${TENANT_LABEL}=${spec.tenantID}: who may write Secrets there has to say whom it belongs to`,
    };
  }
  if ((labels[CLUSTER_LABEL] ?? metadata.name) !== metadata.name) {
    return {
      reason: 'SecretOfAnotherCluster',
      message: `${where} belongs to another cluster, as its label ${CLUSTER_LABEL} says`,
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
    return { reason: 'CredentialNotFound', message: `there is no ClusterCredential ${name}` };
  const { tenantID, clusterName, token, as, 'as-groups': groups, 'as-user-extra': extra } = credential;
  const where = `ClusterCredential ${name}`;
  if (tenantID !== cluster.spec.tenantID || clusterName !== cluster.metadata.name) {
    return {
      reason: 'CredentialOfAnother',
      message: `${where} is for cluster ${clusterName} of tenant ${tenantID}: its tenantID and clusterName must be those of this cluster`,
    };
  }
  if (!isEmpty(groups) || !isEmpty(extra)) {
    return {
      reason: 'CredentialRefused',
      message: `${where}: as-groups and as-user-extra are not supported; impersonate a user alone, with as`,
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

/** The address that the cluster names goes before that of its kubeconfig. */
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
 * Who writes the Cluster chooses the address, and may not know the token. With an authority, only servers get it that the
 * giver of the credential meant; without one, every server with a certificate of the public authorities would.
 */
function withAuthority(found: Credential | CredentialProblem, where: string): Credential | CredentialProblem {
  if (isCredentialProblem(found) || found.ca !== undefined) return found;
  return {
    reason: 'CredentialInvalid',
    message: `${where}: it holds no CA, without which it could be sent to any server that spec.server names`,
  };
}

function decode(base64: string | undefined): string | undefined {
  return base64 === undefined || base64 === '' ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}
