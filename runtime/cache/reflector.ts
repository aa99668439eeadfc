/**
 * Follows one kind on the API server: the current objects first, then every change, until it is stopped. An Informer turns this
 * into a cache.
 *
 * The current objects arrive through the watch itself (watch-list). Where the server does not support that, or goes silent in the
 * middle, the reflector lists and watches. When a watch ends, it resumes from the last version it saw; when the server no longer
 * knows that version (410), it starts from scratch. Silence counts as failure: bookmarks arrive about every minute, so a longer
 * silence means a dead connection, even if it was never closed.
 */

import type { KubeObject, Resource } from '../../api/object.ts';
import { abortableSleep } from '../abort.ts';
import type { Client, ListOptions, WatchEvent } from '../client/client.ts';
import { ApiError, isExpired, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Backoff } from './backoff.ts';
import { SilenceError, withSilenceLimit } from './silence-limit.ts';

/** What the reflector reports: an object as it is now, a deleted object, or the end of the current objects. */
export type ReflectorEvent<T> =
  | { readonly type: 'present'; readonly object: T }
  | { readonly type: 'gone'; readonly object: T }
  /** A full read starts. Objects that are not reported again before `complete` are gone. */
  | { readonly type: 'restart' }
  | { readonly type: 'complete'; readonly version: string }
  /** There are no further changes up to this version. */
  | { readonly type: 'alive'; readonly version: string };

export interface ReflectorOptions<T extends KubeObject> extends ListOptions {
  readonly resource: Resource<T>;
  readonly client: Pick<Client, 'watch' | 'listWithVersion'>;
  readonly log: Logger;
  /** How long a watch may be silent, in milliseconds. */
  readonly stallMs: number;
  /** The minimum duration of a watch, in seconds; the maximum is twice that. Default 300. */
  readonly watchSeconds?: number | undefined;
  onEvent(event: ReflectorEvent<T>): void;
}

/**
 * How long the server may be silent while it sends the current objects. Before it starts, it waits until its own cache is fresh
 * enough, which it learns from a message of etcd that may be late. A list does not need that message.
 */
const INITIAL_STALL_MS = 15_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #backoff = new Backoff(200, 5_000);
  /** The version to resume from; undefined to read everything from scratch. */
  #version: string | undefined;
  #watchList = true;
  /** The last watch-list was silent, so list this time. */
  #listInstead = false;
  /** Ends the open watch. */
  #current: AbortController | undefined;
  #refreshing = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Starts a full read. The next `complete` reflects a state that was read after this call. */
  refresh(): void {
    this.#refreshing = true;
    this.#current?.abort();
  }

  /** Runs until `signal` aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    while (!signal.aborted) {
      try {
        // The server ends watches regularly, slow ones too, so an end is no failure. But if watches end without any event,
        // opening the next one at once would be a busy loop.
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
      log.info('version expired, reading everything again');
      this.#version = undefined;
      // Every client may have to start again now: pause, so that they do not all read at the same time.
      await abortableSleep(this.#backoff.next(), signal);
      return;
    }
    if (this.#watchList && this.#version === undefined && isWatchListUnknown(error)) {
      log.info('server does not support watch-list, listing instead');
      this.#watchList = false;
      return;
    }
    if (error instanceof SilenceError && this.#version === undefined && this.#watchList) {
      log.info('server does not send the current objects, listing instead', { error: messageOf(error) });
      this.#listInstead = true;
      return;
    }
    const asked = error instanceof ApiError ? error.retryAfterMs : undefined;
    const delayMs = Math.max(asked ?? 0, this.#backoff.next());
    log.info('watch failed, retrying', { error: messageOf(error), delayMs: Math.round(delayMs) });
    await abortableSleep(delayMs, signal);
  }

  /** Reads one watch to its end. Returns whether anything arrived. */
  async #follow(signal: AbortSignal): Promise<boolean> {
    if (this.#refreshing) this.#version = undefined;
    this.#refreshing = false;
    const initial = this.#version === undefined && this.#watchList && !this.#listInstead;
    if (this.#version === undefined && !initial) await this.#list();
    // A refresh was requested during the list, so its result may be older than the request.
    if (this.#refreshing) return true;
    if (initial) this.#options.onEvent({ type: 'restart' });
    return this.#readWatch(initial, signal);
  }

  async #readWatch(initial: boolean, signal: AbortSignal): Promise<boolean> {
    const seconds = lasting(initial ? undefined : this.#options.watchSeconds);
    const openedAt = performance.now();
    let heard = false;
    for await (const event of this.#open(initial, seconds, signal)) {
      // The watch was told to end. What it still sends belongs to the state before the refresh.
      if (this.#refreshing) return true;
      this.#take(event, initial);
      heard = true;
      if (this.#isWhole(initial)) return true;
    }
    return this.#endedInTime(openedAt, seconds) || heard;
  }

  /**
   * A watch that the server ended on time has sent everything up to then, even if it sent nothing. A watch of less than about 12 s
   * ends without a bookmark (measured on v1.36), so its end is the only sign of life.
   */
  #endedInTime(openedAt: number, seconds: number): boolean {
    if (this.#version === undefined || performance.now() - openedAt < seconds * 1_000) return false;
    this.#options.onEvent({ type: 'alive', version: this.#version });
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
    // Until the current objects are complete, the server sends without waiting for changes.
    return withSilenceLimit(
      events,
      () => (this.#version === undefined ? Math.min(INITIAL_STALL_MS, stallMs) : stallMs),
      () => stop.abort(),
    );
  }

  /** A full read may take longer than a short watch lasts, so it gets a long one. The short watches start where it ends. */
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
    options.onEvent({ type: 'restart' });
    const { items, resourceVersion } = await options.client.listWithVersion(options.resource, options);
    for (const object of items) options.onEvent({ type: 'present', object });
    options.onEvent({ type: 'complete', version: resourceVersion });
    this.#version = resourceVersion;
    this.#listInstead = false;
  }

  #take({ type, object }: WatchEvent, initial: boolean): void {
    if (type === 'ERROR') {
      // Resuming from the same version would fail again.
      this.#version = undefined;
      throw errorOf(object);
    }
    // A watch sends objects of the resource's kind, and bookmarks, which have the same metadata.
    const received = object as T;
    if (type === 'BOOKMARK') {
      const ends = received.metadata.annotations?.[INITIAL_EVENTS_END] === 'true';
      this.#options.onEvent({
        type: initial && ends ? 'complete' : 'alive',
        version: received.metadata.resourceVersion ?? '',
      });
      if (ends) this.#version = received.metadata.resourceVersion;
    } else this.#options.onEvent({ type: type === 'DELETED' ? 'gone' : 'present', object: received });
    // Before the full read is complete there is no version to resume from: objects would be missing.
    if (this.#version !== undefined) this.#version = received.metadata.resourceVersion;
    this.#backoff.reset();
  }
}

/** The duration of a watch in seconds, with jitter, so that not all watches of all clients end at the same time. */
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
