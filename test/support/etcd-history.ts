/**
 * Follows all writes below a prefix of etcd, in their order. The watch resumes from a revision of etcd's own history,
 * so it misses nothing, whatever happens to the kube-apiserver, to etcd or to this connection.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import * as z from 'zod';
import { readLines } from '../../runtime/client/read-lines.ts';

export interface EtcdEvent {
  readonly revision: number;
  /** The key without the prefix. */
  readonly key: string;
  /** The stored value; undefined for a deletion. */
  readonly value: unknown;
}

const int = z.string().transform(Number);
const message = z.object({
  result: z.object({
    header: z.object({ revision: int }),
    events: z
      .array(
        z.object({
          type: z.literal('DELETE').optional(),
          kv: z.object({ key: z.string(), mod_revision: int, value: z.string().default('') }),
        }),
      )
      .default([]),
    canceled: z.boolean().default(false),
    cancel_reason: z.string().default(''),
  }),
});

/**
 * Calls `onEvent` with each event from now on, until `signal` aborts. Throws when etcd compacted events not yet
 * delivered.
 */
export async function followEtcd(
  url: string,
  prefix: string,
  onEvent: (event: EtcdEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let next: number | undefined;
  const take = ({ header, events }: Message): void => {
    next = (events.at(-1)?.kv.mod_revision ?? (next ?? header.revision + 1) - 1) + 1;
    for (const each of events) onEvent(eventOf(each, prefix));
  };
  while (!signal.aborted) {
    try {
      for await (const result of openWatch(url, prefix, next, signal)) take(result);
    } catch (error) {
      if (error instanceof HistoryLostError || error instanceof z.ZodError) throw error;
    }
    // etcd is restarting. A watch that has received no revision yet may have missed writes, but none that it promised.
    if (!signal.aborted) await sleep(50);
  }
}

type Message = z.infer<typeof message>['result'];

async function* openWatch(
  url: string,
  prefix: string,
  from: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<Message> {
  const asked = {
    create_request: { key: base64(prefix), range_end: base64(endOf(prefix)), start_revision: String(from ?? 0) },
  };
  const { body } = await request(`${url}/v3/watch`, {
    method: 'POST',
    signal,
    bodyTimeout: 0,
    body: JSON.stringify(asked),
  });
  for await (const line of readLines(body)) {
    const { result } = message.parse(JSON.parse(line));
    if (result.canceled) throw new HistoryLostError(result.cancel_reason);
    yield result;
  }
}

function eventOf({ type, kv }: Message['events'][number], prefix: string): EtcdEvent {
  const value =
    type === 'DELETE' ? undefined : (JSON.parse(Buffer.from(kv.value, 'base64').toString('utf8')) as unknown);
  return { revision: kv.mod_revision, key: Buffer.from(kv.key, 'base64').toString('utf8').slice(prefix.length), value };
}

/** etcd has compacted events that were not delivered yet. */
export class HistoryLostError extends Error {}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Returns the first key after all keys with the prefix. */
function endOf(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
