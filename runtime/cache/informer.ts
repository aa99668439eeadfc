/** A cache of one kind that follows the API server and notifies handlers of each change. */

import { type KubeObject, keyOf, type Resource } from '../../api/object.ts';
import type { Client, ListOptions } from '../client/client.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { runningClock } from '../running-clock.ts';
import { Reflector, type ReflectorEvent } from './reflector.ts';
import { IndexedStore, type IndexFunction, type Store } from './store.ts';

export interface Change<T> {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly object: T;
  /** The previous object; absent when it was added. */
  readonly old?: T;
}

export interface InformerOptions<T extends KubeObject> extends ListOptions {
  readonly resource: Resource<T>;
  readonly client: Pick<Client, 'watch' | 'listWithVersion'>;
  readonly log: Logger;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined;
  /** Reduces an object before it is cached. */
  readonly transform?: ((object: T) => T) | undefined;
  /** How long the watch may be silent, in milliseconds. Default 90 s, because bookmarks arrive every minute. */
  readonly stallMs?: number | undefined;
  /** The minimum duration of a watch, in seconds. Short watches reveal a dead connection sooner. Default 300. */
  readonly watchSeconds?: number | undefined;
  /** How long after the last message of the server the cache counts as current, in milliseconds. Default three times `stallMs`. */
  readonly staleMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

const STALL_MS = 90_000;
/** How many times the silence limit a cache may age: by then, reconnecting has failed. */
const STALE_FACTOR = 3;

export class Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** Resolves when the first full read is in the cache. */
  readonly synced: Promise<void>;
  readonly stallMs: number;
  readonly #options: InformerOptions<T>;
  readonly #store: IndexedStore<T>;
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly #now: () => number;
  #resolveSynced: () => void = () => {};
  #hasSynced = false;
  #lastEventAt: number;
  /** The full read in progress. The cache takes it over as a whole, so that readers never see a mixture of two states. */
  #fresh: Map<string, T> | undefined;
  #relists = 0;
  #version = 0;
  #reflector: Reflector<T> | undefined;
  readonly #refreshes: { begun: boolean; readonly done: () => void }[] = [];

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.resource = options.resource;
    this.stallMs = options.stallMs ?? STALL_MS;
    this.#store = new IndexedStore<T>(options.indexes);
    this.#now = options.now ?? runningClock();
    this.#lastEventAt = this.#now();
    this.synced = new Promise((resolve) => (this.#resolveSynced = resolve));
  }

  get store(): Store<T> {
    return this.#store;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Whether the cache is filled and the server has sent something recently. */
  get isCurrent(): boolean {
    return this.#hasSynced && this.lastEventAgeMs() <= (this.#options.staleMs ?? STALE_FACTOR * this.stallMs);
  }

  /**
   * The resource version up to which the cache includes every change; 0 before the first full read. (The versions of a resource
   * are increasing decimal numbers: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions.)
   */
  get version(): number {
    return this.#version;
  }

  /** The number of full reads. */
  get relists(): number {
    return this.#relists;
  }

  /** Milliseconds since the server last sent anything, bookmarks included. */
  lastEventAgeMs(): number {
    return this.#now() - this.#lastEventAt;
  }

  /** Calls `handler` for each change. Register it before `start`. If it throws, the error is logged and nothing stops. */
  onChange(handler: (change: Change<T>) => void): void {
    this.#handlers.push(handler);
  }

  /** Resolves when the cache reflects a state that the server had at or after this call. Call it after `start`. */
  refresh(): Promise<void> {
    return new Promise((done) => {
      this.#refreshes.push({ begun: false, done });
      this.#reflector?.refresh();
    });
  }

  /** Follows the server until `signal` aborts. */
  start(signal: AbortSignal): Promise<void> {
    const { resource, client, labelSelector, fieldSelector, namespace, watchSeconds } = this.#options;
    const log = this.#options.log.child({ resource: resource.plural });
    this.#reflector = new Reflector({
      resource,
      client,
      log,
      stallMs: this.stallMs,
      watchSeconds,
      labelSelector,
      fieldSelector,
      namespace,
      onEvent: (event) => this.#take(event),
    });
    return this.#reflector.run(signal);
  }

  #take(event: ReflectorEvent<T>): void {
    // A restart is our own action, not a message of the server.
    if (event.type !== 'restart') this.#lastEventAt = this.#now();
    switch (event.type) {
      case 'present':
        return this.#present(event.object);
      case 'gone':
        return this.#gone(keyOf(event.object.metadata), event.object);
      case 'restart':
        this.#relists += 1;
        this.#fresh = new Map();
        for (const refresh of this.#refreshes) refresh.begun = true;
        return;
      case 'complete':
        return this.#complete(event.version);
      case 'alive':
        return this.#reached(event.version);
    }
  }

  #present(raw: T): void {
    const object = (this.#options.transform ?? trim)(raw);
    const key = keyOf(object.metadata);
    if (this.#fresh !== undefined) {
      this.#fresh.set(key, object);
      return;
    }
    this.#reached(raw.metadata.resourceVersion);
    this.#put(key, object);
  }

  #gone(key: string, last: T): void {
    if (this.#fresh !== undefined) {
      this.#fresh.delete(key);
      return;
    }
    this.#reached(last.metadata.resourceVersion);
    this.#drop(key, last);
  }

  #reached(version: string | undefined): void {
    // During a full read, deletions are not known yet.
    if (this.#fresh === undefined) this.#version = Number(version ?? 0);
  }

  #put(key: string, object: T): void {
    const old = this.#store.set(key, object);
    if (old === undefined) this.#notify({ type: 'added', object });
    else if (old.metadata.resourceVersion !== object.metadata.resourceVersion)
      this.#notify({ type: 'updated', object, old });
  }

  #drop(key: string, last: T): void {
    const old = this.#store.delete(key);
    if (old !== undefined) this.#notify({ type: 'deleted', object: last, old });
  }

  /** The full read is complete. Objects that are not in it were deleted in the meantime. */
  #complete(version: string): void {
    const fresh = this.#fresh ?? new Map<string, T>();
    this.#fresh = undefined;
    this.#reached(version);
    for (const key of this.#store.keys().filter((each) => !fresh.has(each))) {
      const last = this.#store.get(key);
      if (last !== undefined) this.#drop(key, last);
    }
    for (const [key, object] of fresh) this.#put(key, object);
    this.#hasSynced = true;
    this.#resolveSynced();
    for (const { begun, done } of this.#refreshes) if (begun) done();
    this.#refreshes.splice(0, this.#refreshes.length, ...this.#refreshes.filter(({ begun }) => !begun));
  }

  #notify(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#options.log.error('change handler failed', { resource: this.resource.plural, error: messageOf(error) });
      }
    }
  }
}

/** Removes managedFields and kubectl's copy of the applied manifest: most of an object's size, and never read here. */
function trim<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown };
  const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...annotations } = metadata.annotations ?? {};
  return {
    ...object,
    metadata:
      Object.keys(annotations).length === 0 ? { ...metadata, annotations: undefined } : { ...metadata, annotations },
  };
}
