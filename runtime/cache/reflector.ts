/**
 * Follows one kind on the API server for ever: the present objects, then every change. An Informer turns what it
 * yields into a cache.
 *
 * It streams the present state through the watch itself (watch-list; a list and a watch where the server does not know
 * that, or begins and then says nothing), resumes after every end from the last version it saw, starts anew when the
 * server no longer knows that version (410), and takes silence for failure: bookmarks come about every minute, so a
 * connection that says nothing for longer is dead even if nobody closed it.
 */

import type { KubeObject, Resource } from '../../api/object.ts';
import { abortableSleep } from '../abort.ts';
import type { Client, ListOptions, WatchEvent } from '../client/client.ts';
import { ApiError, isExpired, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Backoff } from './backoff.ts';
import { SilenceError, withSilenceLimit } from './silence-limit.ts';

/** What the reflector tells: an object as it is now, one that went, or that all present objects have been told. */
export type Told<T> =
  | { readonly type: 'present'; readonly object: T }
  | { readonly type: 'gone'; readonly object: T }
  /** A new full state begins; what is not told again before `complete` is gone. */
  | { readonly type: 'restart' }
  | { readonly type: 'complete'; readonly version: string }
  /** Nothing changed up to this version. */
  | { readonly type: 'alive'; readonly version: string };

export interface ReflectorOptions<T extends KubeObject> extends ListOptions {
  readonly resource: Resource<T>;
  readonly client: Pick<Client, 'watch' | 'listWithVersion'>;
  readonly log: Logger;
  /** How long a watch may say nothing, in milliseconds. */
  readonly stallMs: number;
  /** How long one watch lasts at least, in seconds, and at most twice as long. Default 300. */
  readonly watchSeconds?: number | undefined;
  tell(told: Told<T>): void;
}

/**
 * How long the server may say nothing while it tells the present state. It waits for its own cache to have come far
 * enough, and learns that from etcd by a message that may be late; a list does not need it.
 */
const INITIAL_STALL_MS = 15_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff = new Backoff(200, 5_000);
  /** The version to resume from; undefined means that the state is to be read anew. */
  #version: string | undefined;
  #watchList = true;
  /** The last watch-list said nothing: the present state is to be listed this time. */
  #listInstead = false;
  /** Ends the watch that is open. */
  #current: AbortController | undefined;
  #refreshing = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Reads the full state anew: what is told as complete next was read after this call. */
  refresh(): void {
    this.#refreshing = true;
    this.#current?.abort();
  }

  /** Runs until `signal` aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    while (!signal.aborted) {
      try {
        // The server ends watches now and then, also those that it finds slow: that is no failure. But where watches end
        // before they say anything, opening the next one at once would never stop.
        const heard = await this.#follow(signal);
        if (!heard && !this.#refreshing) await abortableSleep(this.#backoff.next(), signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#refreshing) await this.#recover(error, signal);
      }
    }
    log.debug('reflector stopped');
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    if (isExpired(error)) {
      log.info('version expired, reading the state anew');
      this.#version = undefined;
      // Every reader of the server may have to begin anew now: not all at one time, and not without a pause.
      await abortableSleep(this.#backoff.next(), signal);
      return;
    }
    if (this.#watchList && this.#version === undefined && isWatchListUnknown(error)) {
      log.info('the server does not know watch-list, listing instead');
      this.#watchList = false;
      return;
    }
    if (error instanceof SilenceError && this.#version === undefined && this.#watchList) {
      log.info('the server does not tell the present state, listing it instead', { error: messageOf(error) });
      this.#listInstead = true;
      return;
    }
    const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
    const delayMs = Math.max(asked ?? 0, this.#backoff.next());
    log.info('watch failed, trying again', { error: messageOf(error), delayMs: Math.round(delayMs) });
    await abortableSleep(delayMs, signal);
  }

  /** Reads one watch to its end, and tells whether it said anything. */
  async #follow(signal: AbortSignal): Promise<boolean> {
    if (this.#refreshing) this.#version = undefined;
    this.#refreshing = false;
    const initial = this.#version === undefined && this.#watchList && !this.#listInstead;
    if (this.#version === undefined && !initial) await this.#list();
    // Asked for while the list was under way: what it gave may be older than that.
    if (this.#refreshing) return true;
    if (initial) this.#options.tell({ type: 'restart' });
    return this.#readWatch(initial, signal);
  }

  async #readWatch(initial: boolean, signal: AbortSignal): Promise<boolean> {
    const seconds = lasting(initial ? undefined : this.#options.watchSeconds);
    const openedAt = performance.now();
    let heard = false;
    for await (const event of this.#open(initial, seconds, signal)) {
      // What a watch still says after it was told to end belongs to a state that is no longer wanted.
      if (this.#refreshing) return true;
      this.#take(event, initial);
      heard = true;
      if (this.#isWhole(initial)) return true;
    }
    return this.#endedInTime(openedAt, seconds) || heard;
  }

  /**
   * A watch that the server ended when its time was over told everything up to there, also where it had nothing to tell:
   * one that lasts for less than about 12 s ends without a bookmark (measured on v1.36). That is a sign of life.
   */
  #endedInTime(openedAt: number, seconds: number): boolean {
    if (this.#version === undefined || performance.now() - openedAt < seconds * 1_000) return false;
    this.#options.tell({ type: 'alive', version: this.#version });
    return true;
  }

  #open(initial: boolean, seconds: number, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const { client, resource, stallMs, namespace } = this.#options;
    const stop = new AbortController();
    this.#current = stop;
    const events = client.watch(resource, this.#query(initial, seconds), {
      namespace,
      signal: AbortSignal.any([signal, stop.signal]),
    });
    // Until the present state is told, what the server says is not paced by changes.
    return withSilenceLimit(
      events,
      () => (this.#version === undefined ? Math.min(INITIAL_STALL_MS, stallMs) : stallMs),
      () => stop.abort(),
    );
  }

  /** The full state may take longer than a short watch lasts, so it has a long one; the short ones begin where it ends. */
  #isWhole(initial: boolean): boolean {
    return initial && this.#version !== undefined && this.#options.watchSeconds !== undefined;
  }

  #query(initial: boolean, seconds: number): Record<string, string> {
    const { labelSelector, fieldSelector } = this.#options;
    return {
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(seconds),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(initial
        ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', resourceVersion: '' }
        : { resourceVersion: this.#version ?? '' }),
    };
  }

  async #list(): Promise<void> {
    const options = this.#options;
    options.tell({ type: 'restart' });
    const { items, resourceVersion } = await options.client.listWithVersion(options.resource, options);
    for (const object of items) options.tell({ type: 'present', object });
    options.tell({ type: 'complete', version: resourceVersion });
    this.#version = resourceVersion;
    this.#listInstead = false;
  }

  #take({ type, object }: WatchEvent, initial: boolean): void {
    if (type === 'ERROR') {
      // Whatever it was, resuming would meet it again.
      this.#version = undefined;
      throw errorOf(object);
    }
    // A watch of this resource sends objects of its kind, and bookmarks that have the same metadata.
    const told = object as T;
    if (type === 'BOOKMARK') {
      const ends = told.metadata.annotations?.[INITIAL_EVENTS_END] === 'true';
      this.#options.tell({
        type: initial && ends ? 'complete' : 'alive',
        version: told.metadata.resourceVersion ?? '',
      });
      if (ends) this.#version = told.metadata.resourceVersion;
    } else this.#options.tell({ type: type === 'DELETED' ? 'gone' : 'present', object: told });
    // Before the state is complete nothing may be resumed from: parts of it would be missing.
    if (this.#version !== undefined) this.#version = told.metadata.resourceVersion;
    this.#backoff.reset();
  }
}

/** Seconds for which a watch is to last. Those that all end at one time would all begin again at one time. */
function lasting(atLeast = 300): number {
  return atLeast + Math.floor(Math.random() * atLeast);
}

function errorOf(object: unknown): ApiError {
  const { code, reason, message, details } = object as {
    code?: number;
    reason?: string;
    message?: string;
    details?: { retryAfterSeconds?: number };
  };
  const seconds = details?.retryAfterSeconds;
  return new ApiError(
    code ?? 500,
    reason ?? '',
    message ?? 'watch error',
    seconds === undefined ? undefined : seconds * 1_000,
  );
}

function isWatchListUnknown(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 422);
}
