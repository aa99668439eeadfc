/**
 * Every write of a prefix of etcd, in the order in which they happened, through etcd's own history: a watch that resumes
 * from a revision misses nothing, whatever happened to the kube-apiserver, to etcd itself or to this connection.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import * as z from 'zod';
import { readLines } from '../../runtime/client/read-lines.ts';

export interface EtcdEvent {
  readonly revision: number;
  /** Below the prefix. */
  readonly key: string;
  /** The stored value; undefined when it was deleted. */
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

/** Calls `tell` with each event from now on, until `signal` aborts. Throws when etcd has forgotten what was not told yet. */
export async function followEtcd(
  url: string,
  prefix: string,
  tell: (event: EtcdEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let next: number | undefined;
  const take = ({ header, events }: Message): void => {
    next = (events.at(-1)?.kv.mod_revision ?? (next ?? header.revision + 1) - 1) + 1;
    for (const each of events) tell(eventOf(each, prefix));
  };
  while (!signal.aborted) {
    try {
      for await (const result of openWatch(url, prefix, next, signal)) take(result);
    } catch (error) {
      if (error instanceof HistoryLostError || error instanceof z.ZodError) throw error;
    }
    // etcd is being restarted; a watch that began at no revision yet has missed nothing that anybody asked for.
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

/** What happened can no longer be told. */
export class HistoryLostError extends Error {}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The first key that no longer begins with the prefix. */
function endOf(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
