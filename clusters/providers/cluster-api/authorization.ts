/**
 * How the API servers of a cluster come to ask the authorizer from their first moment. In: the source of the files, and a
 * ClusterClass with the variable for them (config/cluster-api/authorization.yaml). Out: a Secret beside the Cluster of
 * Cluster API, from which its bootstrap provider writes files to the machines; and the variable, which names it.
 */
import { type Secret, secrets } from '../../../api/kubernetes/core.ts';
import { type AuthorizerSource, authorizationTexts } from '../../connections/authorization-files.ts';
import type { StepContext } from '../provider.ts';
import { secretFor, writeSecret } from '../secrets.ts';
import { AUTHORIZATION_VARIABLE, type AuthorizationValue, type ClassFacts } from './manifest.ts';
import type { Place } from './place.ts';

/** Where the patches of config/cluster-api/authorization.yaml put it. */
const KUBECONFIG = '/etc/kubernetes/steward/webhook.kubeconfig';

export function authorizationSecretName(cluster: string): string {
  return `${cluster}-authorization`;
}

export interface Authorization {
  /** Undefined for a cluster in which RBAC alone decides. */
  readonly value: AuthorizationValue | undefined;
  /** For people: who decides in it, and why. */
  readonly tells: string;
}

/** Makes the Secret what it should be. Errors are those of the source's files, and of the hub. */
export async function ensureAuthorization(
  context: StepContext,
  place: Place,
  facts: ClassFacts,
  source: AuthorizerSource | undefined,
): Promise<Authorization> {
  if (source === undefined)
    return {
      value: undefined,
      tells: 'RBAC alone decides in it, since the controller was started without --authorizer-url',
    };
  if (!facts.variables.includes(AUTHORIZATION_VARIABLE)) {
    return {
      value: undefined,
      tells: `RBAC alone decides in it, since its ClusterClass has no variable ${AUTHORIZATION_VARIABLE} (config/cluster-api/authorization.yaml)`,
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
  return { value: { secretName: ref.name, revision: texts.revision }, tells: `its API servers ask ${source.url}` };
}

function clientIn(secret: Secret | undefined): { readonly cert: string; readonly key: string } | undefined {
  const [cert, key] = ['tls.crt', 'tls.key'].map((field) => secret?.data?.[field]);
  return cert === undefined || key === undefined ? undefined : { cert: decoded(cert), key: decoded(key) };
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
