/** Sends the same SubjectAccessReview to several targets every ten milliseconds and records each answer. */
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { WEBHOOK_PATH } from '../../api/installation.ts';
import type { Resource } from '../../api/object.ts';
import type { Stack } from '../../hack/local/stack.ts';
import type { Client } from '../../runtime/client/client.ts';
import { issueHubCertificate } from './hub-certificate.ts';

/** `other` is any decision but an allow. `error` is no decision: the target is not ready or does not answer. */
export type Answer = 'allow' | 'other' | 'error';

export interface Probe {
  readonly target: string;
  /** When the request was sent and answered, by performance.now(). */
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly answer: Answer;
}

export type Targets = Readonly<Record<string, () => Promise<Answer>>>;

const EVERY_MS = 10;
/** Concurrent requests for each target: a request that hangs must not keep later ones from being sent. */
const MAX_PENDING = 4;
/** How long a kube-apiserver waits (`timeout` in config/overlays). It ignores later answers. */
const TIMEOUT_MS = 3_000;

export class Prober {
  readonly probes: Probe[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  /** Starts to send requests at once. */
  constructor(targets: Targets) {
    this.#running = Promise.all(Object.entries(targets).map(([target, ask]) => this.#probe(target, ask)));
  }

  /** Returns the last answer of a target. */
  last(target: string): Answer | undefined {
    return this.probes.findLast((probe) => probe.target === target)?.answer;
  }

  /** Returns the allows of requests that were sent after `at`. */
  allowsAfter(at: number): Probe[] {
    return this.probes.filter(({ sentAt, answer }) => answer === 'allow' && sentAt > at);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #probe(target: string, ask: () => Promise<Answer>): Promise<void> {
    const pending = new Set<Promise<void>>();
    while (!this.#stop.signal.aborted) {
      const sentAt = performance.now();
      if (pending.size < MAX_PENDING) {
        const asked = ask().then(
          (answer) => void this.probes.push({ target, sentAt, answeredAt: performance.now(), answer }),
        );
        pending.add(asked);
        void asked.finally(() => pending.delete(asked));
      }
      await sleep(EVERY_MS);
    }
    await Promise.all(pending);
  }
}

const review = z.object({ status: z.object({ allowed: z.boolean() }) });

/**
 * Returns targets that ask the authorizer replicas directly, as the hub's kube-apiserver does. Each is named by its
 * port.
 */
export async function replicaTargets({ webhook }: Stack, ports: readonly number[], body: string): Promise<Targets> {
  const client = await issueHubCertificate(webhook.authority);
  // Without a timeout, unused connections would keep the test process alive.
  const agent = new Agent({
    ...client,
    ca: webhook.authority.cert,
    keepAlive: true,
    maxSockets: MAX_PENDING,
    timeout: 60_000,
  });
  return Object.fromEntries(ports.map((port) => [String(port), () => askReplica(agent, port, body)]));
}

function askReplica(agent: Agent, port: number, body: string): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, path: WEBHOOK_PATH, method: 'POST', agent, signal: AbortSignal.timeout(TIMEOUT_MS) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(response.statusCode === 200 ? answerOf(JSON.parse(text)) : 'error'));
        response.on('error', () => resolve('error'));
      },
    );
    sent.on('error', () => resolve('error'));
    sent.end(body);
  });
}

const REVIEWS: Resource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};

/** Sends a SubjectAccessReview to the kube-apiserver, which asks the authorizer. */
export async function askServer(client: Client, spec: object): Promise<Answer> {
  try {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: { name: '' }, spec };
    return answerOf(await client.create(REVIEWS, body));
  } catch {
    return 'error';
  }
}

/** Returns the answer in a SubjectAccessReview that has a status. */
export function answerOf(reviewed: unknown): Answer {
  return review.parse(reviewed).status.allowed ? 'allow' : 'other';
}
