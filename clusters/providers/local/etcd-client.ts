/**
 * Calls etcd through its HTTP gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/), with a client
 * certificate.
 */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'undici';
import * as z from 'zod';

export interface EtcdTls {
  /** Paths. */
  readonly cert: string;
  readonly key: string;
  /** PEM. */
  readonly ca: string;
}

const member = z.looseObject({
  ID: z.string(),
  /** Empty until the member has started once. */
  name: z.string().default(''),
  peerURLs: z.array(z.string()).default([]),
  isLearner: z.boolean().default(false),
});
export type EtcdMember = z.infer<typeof member>;
const members = z.looseObject({ members: z.array(member).default([]) });

const TIMEOUT_MS = 5_000;
const MAX_MESSAGE = 300;

/** etcd answered, and refused the request. */
export class EtcdError extends Error {}

export class EtcdClient {
  readonly #tls: EtcdTls;

  constructor(tls: EtcdTls) {
    this.#tls = tls;
  }

  /** Whether the etcd member serves, which takes a majority. */
  async isHealthy(url: string): Promise<boolean> {
    try {
      return (await this.#send(url, 'GET', '/health')).includes('"health":"true"');
    } catch {
      return false;
    }
  }

  /** Returns the etcd members that a majority agrees on, not those that this member knew last. */
  async list(url: string): Promise<EtcdMember[]> {
    return members.parse(JSON.parse(await this.#send(url, 'POST', '/v3/cluster/member/list', { linearizable: true })))
      .members;
  }

  /** Adds an etcd member as a learner, which does not vote: one that never starts cannot cost the majority. */
  async addLearner(url: string, peerUrl: string): Promise<void> {
    await this.#send(url, 'POST', '/v3/cluster/member/add', { peerURLs: [peerUrl], isLearner: true });
  }

  /** Makes a learner a voter. Throws EtcdError while it has not caught up. */
  async promote(url: string, id: string): Promise<void> {
    await this.#send(url, 'POST', '/v3/cluster/member/promote', { ID: id });
  }

  /** Removes an etcd member. Call `settle` next: without it, the removal may not survive a kill of the last member. */
  async remove(url: string, id: string): Promise<void> {
    await this.#send(url, 'POST', '/v3/cluster/member/remove', { ID: id });
  }

  /**
   * Makes etcd persist what it has agreed on. By itself it does so only with its next write. If the last member is
   * killed before that, its log still asks for the vote of the member that was removed, and it never serves again. Any
   * write will do; the lease of this one expires after a second. Call it before the removed member is stopped.
   */
  async settle(url: string): Promise<void> {
    await this.#send(url, 'POST', '/v3/lease/grant', { TTL: '1' });
  }

  async #send(url: string, method: 'GET' | 'POST', path: string, body?: object): Promise<string> {
    const [cert, key] = await Promise.all([readFile(this.#tls.cert, 'utf8'), readFile(this.#tls.key, 'utf8')]);
    const dispatcher = new Agent({ allowH2: false, connect: { ca: this.#tls.ca, cert, key, minVersion: 'TLSv1.2' } });
    try {
      const response = await request(url + path, {
        dispatcher,
        method,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.body.text();
      if (response.statusCode !== 200) throw new EtcdError(`etcd at ${url}: ${path}: ${text.slice(0, MAX_MESSAGE)}`);
      return text;
    } finally {
      await dispatcher.destroy();
    }
  }
}
