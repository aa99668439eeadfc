/** Asks every replica of the authorizer the same question every ten milliseconds, and remembers each answer. */
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { CLUSTER_ORGANIZATION } from '../../authorizer/webhook.ts';
import type { Stack } from '../../hack/local/stack.ts';

export interface Probe {
  readonly port: number;
  /** When it was sent, and when it was answered, by performance.now(). */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** `error` is an answer that decides nothing: not ready, or none at all. */
  readonly answer: 'allow' | 'other' | 'error';
}

const EVERY_MS = 10;
const review = z.object({ status: z.object({ allowed: z.boolean() }) });

export class Prober {
  readonly probes: Probe[] = [];
  readonly #agent: Agent;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  private constructor(agent: Agent, ports: readonly number[], body: string) {
    this.#agent = agent;
    this.#running = Promise.all(ports.map((port) => this.#probe(port, body)));
  }

  /** Begins to ask the replicas at `ports`; `body` is the SubjectAccessReview. */
  static async start({ webhook }: Stack, ports: readonly number[], body: string): Promise<Prober> {
    const client = await webhook.authority.issue({ commonName: 'global', organizations: [CLUSTER_ORGANIZATION], usages: ['client'] });
    return new Prober(new Agent({ ...client, ca: webhook.authority.cert, keepAlive: true, maxSockets: 4 }), ports, body);
  }

  /** The last answer of the replica at `port`. */
  last(port: number): Probe['answer'] | undefined {
    return this.probes.findLast((probe) => probe.port === port)?.answer;
  }

  /** The allows that were asked for after `at`. */
  allowsAfter(at: number): Probe[] {
    return this.probes.filter(({ sentAt, answer }) => answer === 'allow' && sentAt > at);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    this.#agent.destroy();
  }

  async #probe(port: number, body: string): Promise<void> {
    const pending = new Set<Promise<void>>();
    while (!this.#stop.signal.aborted) {
      const sentAt = performance.now();
      // Not one after the other: a replica that hangs must not hide what it answers later.
      if (pending.size < 4) {
        const asked = this.#ask(port, body).then((answer) => void this.probes.push({ port, sentAt, answeredAt: performance.now(), answer }));
        pending.add(asked);
        void asked.finally(() => pending.delete(asked));
      }
      await sleep(EVERY_MS);
    }
    this.#agent.destroy();
    await Promise.all(pending);
  }

  #ask(port: number, body: string): Promise<Probe['answer']> {
    return new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, path: '/auth/authz', method: 'POST', agent: this.#agent };
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(response.statusCode === 200 ? (review.parse(JSON.parse(text)).status.allowed ? 'allow' : 'other') : 'error'));
        response.on('error', () => resolve('error'));
      });
      sent.on('error', () => resolve('error'));
      sent.end(body);
    });
  }
}
