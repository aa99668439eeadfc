/**
 * Writes objects directly into etcd through its JSON gateway, bypassing the kube-apiserver. For benchmarks only:
 * nothing is validated, defaulted or admitted, so objects must be copies of something that the kube-apiserver stored
 * itself. Its watches report these objects like any others.
 */
import { createHash } from 'node:crypto';
import { request } from 'undici';
import * as z from 'zod';

/** The limit of operations per transaction in etcd. */
const MAX_OPERATIONS = 128;
const PARALLEL = 4;
const PAGE = 2_000;

export interface Stored {
  readonly key: string;
  readonly value: string;
}

const range = z.object({
  header: z.object({ revision: z.string() }),
  count: z.string().default('0').transform(Number),
  kvs: z.array(z.object({ key: z.string(), value: z.string().default(''), mod_revision: z.string() })).default([]),
});

export class Etcd {
  readonly #url: string;

  /** `url`: etcd's client URL. */
  constructor(url: string) {
    this.#url = url;
  }

  /** Writes all objects. Throws when etcd refuses, for example when its quota is exhausted. */
  async put(objects: Iterable<Stored>): Promise<void> {
    const batches = batchesOf(objects);
    const worker = async (): Promise<void> => {
      for (let next = batches.next(); next.done !== true; next = batches.next()) {
        const success = next.value.map(({ key, value }) => ({
          requestPut: { key: base64(key), value: base64(value) },
        }));
        await this.#ask('/v3/kv/txn', { success });
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  }

  /** The value of a key; undefined when there is none. */
  async get(key: string): Promise<string | undefined> {
    const { kvs } = range.parse(await this.#ask('/v3/kv/range', { key: base64(key) }));
    return kvs[0] === undefined ? undefined : text(kvs[0].value);
  }

  /** The number of keys below a prefix. */
  async count(prefix: string): Promise<number> {
    return range.parse(await this.#ask('/v3/kv/range', { ...within(prefix), count_only: true })).count;
  }

  /** Two equal digests mean that nothing below the prefix was written in between, not even with the same content. */
  async digest(prefix: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const { key, revision } of this.list(prefix)) hash.update(`${key} ${revision}\n`);
    return hash.digest('hex');
  }

  /** All objects below a prefix, in order, read in pages. */
  async *list(prefix: string): AsyncGenerator<Stored & { readonly revision: string }> {
    const { range_end } = within(prefix);
    for (let from = base64(prefix); ; ) {
      const { kvs } = range.parse(await this.#ask('/v3/kv/range', { key: from, range_end, limit: String(PAGE) }));
      for (const { key, value, mod_revision: revision } of kvs) yield { key: text(key), value: text(value), revision };
      const last = kvs.at(-1);
      if (last === undefined || kvs.length < PAGE) return;
      from = base64(`${text(last.key)}\0`);
    }
  }

  /** The revision of the last write. */
  async revision(): Promise<string> {
    return range.parse(await this.#ask('/v3/kv/range', { key: base64('/'), count_only: true })).header.revision;
  }

  /** Deletes everything below a prefix. */
  async deleteAll(prefix: string): Promise<void> {
    await this.#ask('/v3/kv/deleterange', within(prefix));
  }

  /** The size of the database file in MB. */
  async sizeMb(): Promise<number> {
    const { dbSize } = z
      .object({ dbSize: z.string().transform(Number) })
      .parse(await this.#ask('/v3/maintenance/status', {}));
    return dbSize / 2 ** 20;
  }

  async #ask(path: string, body: object): Promise<unknown> {
    const response = await request(this.#url + path, { method: 'POST', body: JSON.stringify(body) });
    const answer = await response.body.text();
    if (response.statusCode !== 200)
      throw new Error(`etcd returned ${response.statusCode} for ${path}: ${answer.slice(0, 200)}`);
    return JSON.parse(answer);
  }
}

function* batchesOf(objects: Iterable<Stored>): Generator<Stored[]> {
  let batch: Stored[] = [];
  for (const object of objects) {
    batch.push(object);
    if (batch.length < MAX_OPERATIONS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function within(prefix: string): { key: string; range_end: string } {
  const end = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
  return { key: base64(prefix), range_end: base64(end) };
}

function base64(plain: string): string {
  return Buffer.from(plain).toString('base64');
}

function text(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8');
}
