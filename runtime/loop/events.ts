/**
 * Kubernetes Events about objects, for `kubectl describe` and `kubectl events`. Best effort: events that cannot be written and
 * events beyond a budget are dropped, and an identical event is written at most once in two minutes.
 */
import { randomBytes } from 'node:crypto';
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Client } from '../client/client.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { microTime } from '../micro-time.ts';

interface KubeEvent extends KubeObject {
  readonly eventTime: string;
  readonly type: string;
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: object;
  readonly reportingController: string;
  readonly reportingInstance: string;
}

const EVENTS: Resource<KubeEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};
const REPEAT_MS = 2 * 60_000;
/** The number of events that can be in flight at once. */
const MAX_PENDING = 100;
/** Events of a type at once, and per second after that. Without a budget, a thousand changes would cause a quarter more writes. */
const BUDGETS = { Normal: { burst: 25, perSecond: 1 }, Warning: { burst: 100, perSecond: 10 } } as const;
/** The number of events that are remembered to suppress repetitions. */
const MAX_REMEMBERED = 5_000;
/** The API server refuses longer notes. */
const MAX_NOTE_BYTES = 1_024;

export interface EventOptions {
  readonly component: string;
  readonly instance: string;
  readonly log: Logger;
  readonly now?: () => number;
}

export class EventRecorder {
  readonly #client: Pick<Client, 'create'>;
  readonly #options: EventOptions;
  readonly #now: () => number;
  readonly #recorded = new Map<string, number>();
  readonly #pending = new Set<Promise<void>>();
  /** The rest of each budget, and when it was computed. */
  readonly #left = new Map<string, { count: number; at: number }>();

  constructor(client: Pick<Client, 'create'>, options: EventOptions) {
    this.#client = client;
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Records an event about `object`: a reason for machines, a message for people. Never throws. */
  record(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const key = JSON.stringify([object.metadata.uid ?? object.metadata.name, reason, message]);
    const last = this.#recorded.get(key);
    if (this.#pending.size >= MAX_PENDING || (last !== undefined && this.#now() - last < REPEAT_MS)) return;
    if (!this.#spend(type)) return;
    this.#remember(key);
    const written = this.#write(object, type, reason, message).finally(() => this.#pending.delete(written));
    this.#pending.add(written);
  }

  /** Waits until all recorded events are written. */
  async flush(): Promise<void> {
    await Promise.all(this.#pending);
  }

  #spend(type: keyof typeof BUDGETS): boolean {
    const { burst, perSecond } = BUDGETS[type];
    const now = this.#now();
    const before = this.#left.get(type) ?? { count: burst, at: now };
    const count = Math.min(burst, before.count + ((now - before.at) / 1_000) * perSecond);
    this.#left.set(type, { count: count >= 1 ? count - 1 : count, at: now });
    return count >= 1;
  }

  #remember(key: string): void {
    this.#recorded.delete(key);
    this.#recorded.set(key, this.#now());
    const [oldest] = this.#recorded.keys();
    if (this.#recorded.size > MAX_REMEMBERED && oldest !== undefined) this.#recorded.delete(oldest);
  }

  async #write(object: KubeObject, type: string, reason: string, message: string): Promise<void> {
    const { component, instance, log } = this.#options;
    const { name, uid, resourceVersion } = object.metadata;
    // As in Kubernetes, events about cluster-scoped objects are in namespace default.
    const namespace = object.metadata.namespace ?? 'default';
    const event: KubeEvent = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: `${name.slice(0, 200)}.${randomBytes(6).toString('hex')}`, namespace },
      eventTime: microTime(this.#now()),
      type,
      reason,
      action: 'Reconcile',
      note: cut(message),
      regarding: {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name,
        uid,
        resourceVersion,
        namespace: object.metadata.namespace,
      },
      reportingController: component,
      reportingInstance: instance,
    };
    try {
      await this.#client.create(EVENTS, event);
    } catch (error) {
      log.info('event not written', { reason, error: messageOf(error) });
    }
  }
}

/** The message cut to the maximum, without half a character at the end. */
function cut(message: string): string {
  return new TextDecoder().decode(Buffer.from(message).subarray(0, MAX_NOTE_BYTES), { stream: true });
}
