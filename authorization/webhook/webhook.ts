/**
 * The webhook as a function from request to response: identify the cluster, parse the review, decide. It needs no
 * socket, so its tests need none. Anything but a valid review gets an error, and an error is never an allow. Pure.
 */
import { HUB, WEBHOOK_PATH, webhookPathOf } from '../../api/installation.ts';
import { CLUSTER_ORGANIZATION } from '../../api/platform/labels.ts';
import { type Answer, type AuthorizerOptions, authorize } from './authorize.ts';
import { ReviewError, readReview, reviewResponse } from './review.ts';

/** The largest request body. A review with a thousand groups has about 64 kB. */
export const MAX_BODY_BYTES = 512 * 1024;

/** The subject of a client certificate that the TLS layer has verified. */
export interface ClientIdentity {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

export interface WebhookRequest {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  readonly client: ClientIdentity | undefined;
  readonly body: string;
}

export interface WebhookResponse {
  readonly status: number;
  readonly body: object;
  /** The revision of the rules that decided; absent when the request was not a valid review. */
  readonly revision?: string;
  /** The decision, for metrics and logs; absent when the request was not a valid review. */
  readonly answer?: Answer;
}

/** Answers a request. `ready`: whether the rules are loaded and current; otherwise the answer is 503. */
export function answerRequest(request: WebhookRequest, ready: boolean, options: AuthorizerOptions): WebhookResponse {
  const cluster = clusterAt(request.path);
  if (cluster === undefined)
    return failure(404, `no such path: ${request.path}; use ${WEBHOOK_PATH} or ${WEBHOOK_PATH}/CLUSTER`);
  if (request.method !== 'POST')
    return failure(405, `method ${request.method} is not allowed; POST a SubjectAccessReview`);
  const mismatch = identityProblem(request.client, cluster);
  if (mismatch !== undefined) return failure(403, mismatch);
  if (!ready) return failure(503, 'the rules are not loaded yet or are out of date');
  return answerReview(request.body, cluster, options);
}

/** An error as a Status object, the form that Kubernetes clients know. */
export function failure(status: number, message: string): WebhookResponse {
  return { status, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, message } };
}

function answerReview(body: string, cluster: string, options: AuthorizerOptions): WebhookResponse {
  try {
    const review = readReview(body);
    const answer = authorize(review, cluster, options);
    return {
      status: 200,
      body: reviewResponse(review.apiVersion, answer.verdict, answer.reason),
      answer,
      revision: options.index.revision,
    };
  } catch (error) {
    if (error instanceof ReviewError) return failure(400, error.message);
    throw error;
  }
}

const CLUSTER_ID = /^[a-z0-9][a-z0-9.-]{0,252}$/;

/** The cluster whose path this is; undefined for any other path. */
function clusterAt(path: string): string | undefined {
  if (path === WEBHOOK_PATH) return HUB;
  const id = path.slice(WEBHOOK_PATH.length + 1);
  // The hub has one path only. A second path would be a second name for the same objects.
  return CLUSTER_ID.test(id) && id !== HUB && path === webhookPathOf(id) ? id : undefined;
}

function identityProblem(client: ClientIdentity | undefined, cluster: string): string | undefined {
  if (client === undefined) return 'the request carries no client certificate';
  if (!client.organizations.includes(CLUSTER_ORGANIZATION)) {
    return `the client certificate of ${JSON.stringify(client.commonName)} does not belong to a cluster: its organization is not ${CLUSTER_ORGANIZATION}`;
  }
  if (client.commonName === cluster) return undefined;
  return `the client certificate is for cluster ${JSON.stringify(client.commonName)}, but the path is for cluster ${JSON.stringify(cluster)}`;
}
