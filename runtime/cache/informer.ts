/** A cache of one kind that is kept equal to the API server, and tells handlers of each change. */

import { type KubeObject, keyOf, type Resource } from '../../api/object.ts';
import type { Client, ListOptions } from '../client/client.ts';
import { runningClock } from '../election/safe-clock.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Reflector, type Told } from './reflector.ts';
import { IndexedStore, type IndexFunction, type Store } from './store.ts';

export interface Change<T> {
  readonly type: 'added' | 'updated' | 'deleted';
  readonly object: T;
  /** What was known before; absent for an added object. */
  readonly old?: T;
}

export interface InformerOptions<T extends KubeObject> extends ListOptions {
  readonly resource: Resource<T>;
  readonly client: Pick<Client, 'watch' | 'listWithVersion'>;
  readonly log: Logger;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>> | undefined;
  /** Trims an object before it is kept. */
  readonly transform?: ((object: T) => T) | undefined;
  /** How long the watch may say nothing, in milliseconds. Default 90 s: bookmarks come every minute. */
  readonly stallMs?: number | undefined;
  /** How long one watch lasts at least, in seconds. Short ones show sooner that a connection is dead. Default 300. */
  readonly watchSeconds?: number | undefined;
  /** How long after the last sign of life the cache still counts as current, in milliseconds. Default three times `stallMs`. */
  readonly staleMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

const STALL_MS = 90_000;
/** What is silent for so many times its limit can't be renewed. */
const STALE_FACTOR = 3;

export class Informer<T extends KubeObject> {
  readonly resource: Resource<T>;
  /** Resolves when the first full state is in the cache. */
  readonly synced: Promise<void>;
  readonly stallMs: number;
  readonly #options: InformerOptions<T>;
  readonly #store: IndexedStore<T>;
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  readonly #now: () => number;
  #resolveSynced: () => void = () => {};
  #hasSynced = false;
  #lastEventAt: number;
  /** A full state that is being told anew; the cache takes it over as a whole, so that nobody ever sees a mixture of two. */
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

  /** Whether the cache is read and the server was heard of it lately. */
  get isCurrent(): boolean {
    return this.#hasSynced && this.lastEventAgeMs() <= (this.#options.staleMs ?? STALE_FACTOR * this.stallMs);
  }

  /**
   * The resource version up to which the cache holds every change; 0 before the first full state. (Versions of one
   * resource are decimal numbers that grow: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions.)
   */
  get version(): number {
    return this.#version;
  }

  /** How often the full state was read. */
  get relists(): number {
    return this.#relists;
  }

  /** Milliseconds since the server last said anything, bookmarks included. */
  lastEventAgeMs(): number {
    return this.#now() - this.#lastEventAt;
  }

  /** Calls `handler` for each change from now on; register before `start`. One that throws is logged and stops nothing. */
  onChange(handler: (change: Change<T>) => void): void {
    this.#handlers.push(handler);
  }

  /** Resolves when a full state is in the cache that the server had at or after this call. To be called after `start`. */
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
    const tell = (told: Told<T>): void => this.#take(told);
    this.#reflector = new Reflector({
      resource,
      client,
      log,
      stallMs: this.stallMs,
      watchSeconds,
      labelSelector,
      fieldSelector,
      namespace,
      tell,
    });
    return this.#reflector.run(signal);
  }

  #take(told: Told<T>): void {
    // A restart is our own attempt, not a sign of life.
    if (told.type !== 'restart') this.#lastEventAt = this.#now();
    switch (told.type) {
      case 'present':
        return this.#present(told.object);
      case 'gone':
        return this.#gone(keyOf(told.object.metadata), told.object);
      case 'restart':
        this.#relists += 1;
        this.#fresh = new Map();
        for (const refresh of this.#refreshes) refresh.begun = true;
        return;
      case 'complete':
        return this.#complete(told.version);
      case 'alive':
        return this.#reached(told.version);
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
    // A full state that is still being read says nothing yet about what went.
    if (this.#fresh === undefined) this.#version = Number(version ?? 0);
  }

  #put(key: string, object: T): void {
    const old = this.#store.set(key, object);
    if (old === undefined) this.#tell({ type: 'added', object });
    else if (old.metadata.resourceVersion !== object.metadata.resourceVersion)
      this.#tell({ type: 'updated', object, old });
  }

  #drop(key: string, last: T): void {
    const old = this.#store.delete(key);
    if (old !== undefined) this.#tell({ type: 'deleted', object: last, old });
  }

  /** The full state has been told: what was not in it went while nobody looked. */
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

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#options.log.error('change handler failed', { resource: this.resource.plural, error: messageOf(error) });
      }
    }
  }
}

/** Who wrote which field, and the copy that kubectl keeps of what was applied, are most of an object and read by nobody here. */
function trim<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown };
  const { 'kubectl.kubernetes.io/last-applied-configuration': __, ...annotations } = metadata.annotations ?? {};
  return {
    ...object,
    metadata:
      Object.keys(annotations).length === 0 ? { ...metadata, annotations: undefined } : { ...metadata, annotations },
  };
}
