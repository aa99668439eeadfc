/** Asks the same question of several who decide, every ten milliseconds, and remembers each answer. */
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { HUB, WEBHOOK_PATH } from '../../api/installation.ts';
import type { Resource } from '../../api/object.ts';
import { CLUSTER_ORGANIZATION } from '../../api/platform/labels.ts';
import type { Stack } from '../../hack/local/stack.ts';
import type { Client } from '../../runtime/client/client.ts';

/** `error` is an answer that decides nothing: not ready, or none at all. */
export type Answer = 'allow' | 'other' | 'error';

export interface Probe {
  readonly target: string;
  /** When it was sent, and when it was answered, by performance.now(). */
  readonly sentAt: number;
  readonly answeredAt: number;
  readonly answer: Answer;
}

export type Targets = Readonly<Record<string, () => Promise<Answer>>>;

const EVERY_MS = 10;
/** Not one after the other: one that hangs must not hide what it answers later. */
const PENDING_AT_MOST = 4;
/** A kube-apiserver waits so long (`timeout` in config/overlays), and does not take an answer that comes later. */
const PATIENCE_MS = 3_000;

export class Prober {
  readonly probes: Probe[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  /** Begins at once. */
  constructor(targets: Targets) {
    this.#running = Promise.all(Object.entries(targets).map(([target, ask]) => this.#probe(target, ask)));
  }

  /** The last answer of a target. */
  last(target: string): Answer | undefined {
    return this.probes.findLast((probe) => probe.target === target)?.answer;
  }

  /** The allows that were asked for after `at`. */
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
      if (pending.size < PENDING_AT_MOST) {
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

/** Asks the replicas of the authorizer themselves, as the hub's kube-apiserver does; each is named by its port. */
export async function replicaTargets({ webhook }: Stack, ports: readonly number[], body: string): Promise<Targets> {
  const client = await webhook.authority.issue({
    commonName: HUB,
    organizations: [CLUSTER_ORGANIZATION],
    usages: ['client'],
  });
  // Connections nobody uses any more don't keep the process.
  const agent = new Agent({
    ...client,
    ca: webhook.authority.cert,
    keepAlive: true,
    maxSockets: PENDING_AT_MOST,
    timeout: 60_000,
  });
  return Object.fromEntries(ports.map((port) => [String(port), () => askReplica(agent, port, body)]));
}

function askReplica(agent: Agent, port: number, body: string): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(
      { host: '127.0.0.1', port, path: WEBHOOK_PATH, method: 'POST', agent, signal: AbortSignal.timeout(PATIENCE_MS) },
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

/** Asks the kube-apiserver itself, which asks the authorizer. */
export async function askServer(client: Client, spec: object): Promise<Answer> {
  try {
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: { name: '' }, spec };
    return answerOf(await client.create(REVIEWS, body));
  } catch {
    return 'error';
  }
}

/** What a SubjectAccessReview with a status says. */
export function answerOf(reviewed: unknown): Answer {
  return review.parse(reviewed).status.allowed ? 'allow' : 'other';
}
