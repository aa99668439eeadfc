/**
 * Adapts the manifests of a manager, as kustomize renders them, to a manager that runs beside the control plane instead
 * of in a pod: webhooks are called by URL, and objects that only a pod needs are dropped. Pure.
 */
import { dump, loadAll, YAML11_SCHEMA } from 'js-yaml';

export interface WebhookServer {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  /** PEM. */
  readonly ca: string;
}

type Fields = Record<string, unknown>;

/** The Deployment is a child process here, and the certificates are ours. */
const DROPPED = new Set(['Deployment', 'Service', 'Issuer', 'Certificate']);

/** Returns the manifests to apply, in the order that kustomize gives them: CustomResourceDefinitions first. */
export function manifestsFor(text: string, server: WebhookServer): string {
  const objects = (loadAll(text, { schema: YAML11_SCHEMA }) as (Fields | null)[]).filter(
    (object) => object !== null && !DROPPED.has(String(object['kind'])),
  );
  return objects.map((object) => dump(rewired(object, server), { noRefs: true })).join('---\n');
}

/** Points every `clientConfig` that names a Service to the server. */
function rewired(value: unknown, server: WebhookServer): unknown {
  if (Array.isArray(value)) return value.map((each) => rewired(each, server));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]: [string, unknown]) => [
      key,
      key === 'clientConfig' ? called(field, server) : rewired(field, server),
    ]),
  );
}

function called(given: unknown, { url, ca }: WebhookServer): unknown {
  const service = (given as { readonly service?: { readonly path?: string } }).service;
  return service === undefined
    ? given
    : { url: `${url}${service.path ?? '/'}`, caBundle: Buffer.from(ca).toString('base64') };
}
