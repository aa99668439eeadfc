/** What etcd is asked over its HTTP gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/), with a client certificate. */
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
  /** Empty until it was started. */
  name: z.string().default(''),
  peerURLs: z.array(z.string()).default([]),
  isLearner: z.boolean().default(false),
});
export type EtcdMember = z.infer<typeof member>;
const members = z.looseObject({ members: z.array(member).default([]) });

const TIMEOUT_MS = 5_000;

/** etcd answered that it won't. */
export class EtcdError extends Error {}

export class EtcdClient {
  readonly #tls: EtcdTls;

  constructor(tls: EtcdTls) {
    this.#tls = tls;
  }

  /** Whether the member serves, which needs a majority. */
  async isHealthy(url: string): Promise<boolean> {
    try {
      return (await this.#send(url, 'GET', '/health')).includes('"health":"true"');
    } catch {
      return false;
    }
  }

  /** The members as a majority knows them, not as this one last heard. */
  async list(url: string): Promise<EtcdMember[]> {
    return members.parse(JSON.parse(await this.#send(url, 'POST', '/v3/cluster/member/list', { linearizable: true })))
      .members;
  }

  /** Adds a member that learns first and does not vote: one that never starts can't cost the majority. */
  async addLearner(url: string, peerUrl: string): Promise<void> {
    await this.#send(url, 'POST', '/v3/cluster/member/add', { peerURLs: [peerUrl], isLearner: true });
  }

  /** Makes a learner a voter. Throws EtcdError while it has not learned everything. */
  async promote(url: string, id: string): Promise<void> {
    await this.#send(url, 'POST', '/v3/cluster/member/promote', { ID: id });
  }

  /** Removes a member. Only `settle` makes that last through a kill of one that stays alone. */
  async remove(url: string, id: string): Promise<void> {
    await this.#send(url, 'POST', '/v3/cluster/member/remove', { ID: id });
  }

  /**
   * Has etcd write down what it agreed on until now. It does so with its next write only: a member that stays alone, and
   * is killed before, has a log that still asks for the vote of the one that left, and never serves again. Any write
   * will do; of this one nothing is left after a second. To be called before the one that left is stopped.
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
      if (response.statusCode !== 200) throw new EtcdError(`etcd at ${url}: ${path}: ${text.slice(0, 300)}`);
      return text;
    } finally {
      await dispatcher.destroy();
    }
  }
}
