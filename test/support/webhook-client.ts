/** Sends requests to the authorizer directly over mutual TLS, also ones that a kube-apiserver would never send. */
import { request } from 'node:https';
import { WEBHOOK_PATH } from '../../api/installation.ts';
import { CLUSTER_ORGANIZATION } from '../../api/platform/labels.ts';
import type { Stack } from '../../hack/local/stack.ts';

export interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
  /** The common name of the client certificate; undefined for no certificate. */
  readonly cluster?: string | undefined;
  readonly organizations?: readonly string[];
  /** A complete certificate, instead of one for `cluster`. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** The port of another authorizer replica than the stack's first one. */
  readonly port?: number;
}

export interface WebhookReply {
  readonly status: number;
  /** The header steward-revision. */
  readonly revision: string | undefined;
  readonly body: {
    readonly message?: string;
    readonly status?: { readonly allowed?: boolean; readonly reason?: string };
  };
}

/** Sends the request and returns the reply. Throws when there is no connection. */
export async function askWebhook({ webhook, webhookPort }: Stack, asked: Asked): Promise<WebhookReply> {
  const { path = WEBHOOK_PATH, method = 'POST', body = '', organizations = [CLUSTER_ORGANIZATION] } = asked;
  const own =
    asked.cluster === undefined ? undefined : { commonName: asked.cluster, organizations, usages: ['client'] as const };
  const client = asked.certificate ?? (own === undefined ? undefined : await webhook.authority.issue(own));
  const options = {
    host: '127.0.0.1',
    port: asked.port ?? webhookPort,
    path,
    method,
    ca: webhook.authority.cert,
    agent: false,
    ...client,
  };
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          revision: response.headers['steward-revision']?.toString(),
          body: JSON.parse(text),
        }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export function reviewBody(spec: object, version = 'v1'): string {
  return JSON.stringify({ apiVersion: `authorization.k8s.io/${version}`, kind: 'SubjectAccessReview', spec });
}
