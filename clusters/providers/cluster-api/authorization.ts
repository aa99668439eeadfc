/**
 * Makes the kube-apiservers of a cluster call the authorizer from their first start. It needs a ClusterClass with a
 * variable for it (config/cluster-api/authorization.yaml). It writes a Secret beside the Cluster of Cluster API, from
 * which the bootstrap provider writes files to the machines, and sets the variable, which names the Secret.
 */
import { type Secret, secrets } from '../../../api/kubernetes/core.ts';
import { type AuthorizerSource, authorizationTexts } from '../../connections/authorization-files.ts';
import type { StepContext } from '../provider.ts';
import { secretFor, writeSecret } from '../secrets.ts';
import { AUTHORIZATION_VARIABLE, type AuthorizationValue, type ClassFacts } from './manifest.ts';
import type { Place } from './place.ts';

/** The path that the patches of config/cluster-api/authorization.yaml use. */
const KUBECONFIG = '/etc/kubernetes/steward/webhook.kubeconfig';

export function authorizationSecretName(cluster: string): string {
  return `${cluster}-authorization`;
}

export interface Authorization {
  /** The value of the variable; undefined for a cluster in which only RBAC decides. */
  readonly value: AuthorizationValue | undefined;
  /** Who decides in the cluster and why, for users. */
  readonly summary: string;
}

/** Creates or updates the Secret. Throws when a source file is invalid, or the hub refuses the write. */
export async function ensureAuthorization(
  context: StepContext,
  place: Place,
  facts: ClassFacts,
  source: AuthorizerSource | undefined,
): Promise<Authorization> {
  if (source === undefined)
    return {
      value: undefined,
      summary: 'only RBAC decides in the cluster, because the controller was started without --authorizer-url',
    };
  if (!facts.variables.includes(AUTHORIZATION_VARIABLE)) {
    return {
      value: undefined,
      summary: `only RBAC decides in the cluster, because its ClusterClass has no variable ${AUTHORIZATION_VARIABLE} (see config/cluster-api/authorization.yaml)`,
    };
  }
  const { client, cluster } = context;
  const ref = { name: authorizationSecretName(place.name), namespace: place.namespace };
  const known = await client.get(secrets, ref);
  const texts = await authorizationTexts(source, {
    cluster: place.name,
    kubeconfigPath: KUBECONFIG,
    known: clientIn(known),
  });
  const wanted = secretFor(cluster, ref, {
    'authorization.yaml': texts.configuration,
    'webhook.kubeconfig': texts.kubeconfig,
    'tls.crt': texts.client.cert,
    'tls.key': texts.client.key,
  });
  await writeSecret(client, cluster, known, wanted);
  return {
    value: { secretName: ref.name, revision: texts.revision },
    summary: `its kube-apiservers call the authorizer at ${source.url}`,
  };
}

function clientIn(secret: Secret | undefined): { readonly cert: string; readonly key: string } | undefined {
  const [cert, key] = ['tls.crt', 'tls.key'].map((field) => secret?.data?.[field]);
  return cert === undefined || key === undefined ? undefined : { cert: decoded(cert), key: decoded(key) };
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
