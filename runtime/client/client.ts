/** Reads and writes objects of any kind through the API server. Fails with ApiError, or with a network error. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject, ObjectRef, Resource } from '../../api/object.ts';
import { ApiError } from '../errors.ts';
import { credentialSource } from './credentials.ts';
import { readLines } from './read-lines.ts';
import { type HttpRequest, type HttpResponse, Transport } from './transport.ts';

export interface ListOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly namespace?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  readonly resourceVersion: string;
}

export interface Patch {
  readonly type: 'merge' | 'apply';
  readonly body: unknown;
  readonly subresource?: 'status' | 'approval';
  /** For apply: takes over fields that other managers own. */
  readonly force?: boolean;
}

export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export interface WatchEvent {
  readonly type: string;
  readonly object: unknown;
}

export interface WatchOptions {
  readonly namespace?: string | undefined;
  readonly signal: AbortSignal;
}

/** Called after every request with its method and status code. Feeds the metrics. */
export type Observe = (method: string, code: number) => void;

export interface Client {
  /** The object, or undefined if it does not exist. */
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<T | undefined>;
  /** All objects. Reads them in pages. */
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<T[]>;
  listWithVersion<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<Page<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  update<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>;
  patch<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: Patch): Promise<T>;
  /** Deletes the object. Succeeds if it does not exist. */
  delete(resource: Resource, ref: ObjectRef, preconditions?: Preconditions): Promise<void>;
  /** The lines of a watch, until the server ends it. Fails with the reason of `signal` when that aborts. */
  watch(resource: Resource, query: Readonly<Record<string, string>>, options: WatchOptions): AsyncIterable<WatchEvent>;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly fieldManager: string;
  readonly observe?: Observe;
}

export interface FencedClientOptions extends ClientOptions {
  /** Called just before a write is sent. If it returns false, the write fails with FencedError. Default: always true. */
  readonly mayWrite?: (() => boolean) | undefined;
}

const PAGE_SIZE = '500';
const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** `load` is called again when credentials may have changed, so that a rewritten kubeconfig takes effect. */
export function createClient(load: () => KubeConfig, { mayWrite, ...options }: FencedClientOptions): Client {
  return clientOver(new Transport(credentialSource(load), options.fieldManager, { mayWrite }), options);
}

/** A client on an existing transport. */
function clientOver(transport: Transport, { fieldManager, observe }: ClientOptions): Client {
  return new ApiClient(transport, fieldManager, observe ?? ((): void => {}));
}

class ApiClient implements Client {
  readonly #transport: Transport;
  readonly #fieldManager: string;
  readonly #observe: Observe;

  constructor(transport: Transport, fieldManager: string, observe: Observe) {
    this.#transport = transport;
    this.#fieldManager = fieldManager;
    this.#observe = observe;
  }

  async get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<T | undefined> {
    const asked = { method: 'GET', path: pathOf(resource, ref.namespace, ref.name) };
    const response = await this.#send(asked);
    if (response.status === 404) return undefined;
    return bodyOf(asked, response);
  }

  async list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): Promise<T[]> {
    return (await this.listWithVersion(resource, options)).items;
  }

  async listWithVersion<T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}): Promise<Page<T>> {
    const items: T[] = [];
    let resourceVersion = '';
    let next: string | undefined = '';
    while (next !== undefined) {
      const query = queryOf({ ...selectors(options), limit: PAGE_SIZE, ...(next === '' ? {} : { continue: next }) });
      const page: ListBody<T> = await this.#ask({ method: 'GET', path: pathOf(resource, options.namespace) + query });
      // The API server leaves apiVersion and kind out of list items.
      for (const item of page.items) items.push({ ...item, apiVersion: apiVersionOf(resource), kind: resource.kind });
      resourceVersion = page.metadata.resourceVersion;
      next = page.metadata.continue === '' ? undefined : page.metadata.continue;
    }
    return { items, resourceVersion };
  }

  create<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    const path = pathOf(resource, object.metadata.namespace) + this.#managed();
    return this.#ask({ method: 'POST', path, body: JSON.stringify(object) });
  }

  update<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    const path = pathOf(resource, object.metadata.namespace, object.metadata.name) + this.#managed();
    return this.#ask({ method: 'PUT', path, body: JSON.stringify(object) });
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    { type, body, subresource, force }: Patch,
  ): Promise<T> {
    const base = pathOf(resource, ref.namespace, ref.name) + (subresource === undefined ? '' : `/${subresource}`);
    const path = base + this.#managed(force === true ? { force: 'true' } : {});
    return this.#ask({ method: 'PATCH', path, body: JSON.stringify(body), contentType: PATCH_TYPES[type] });
  }

  async delete(resource: Resource, ref: ObjectRef, preconditions?: Preconditions): Promise<void> {
    const options = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      ...(preconditions === undefined ? {} : { preconditions }),
    };
    const asked = { method: 'DELETE', path: pathOf(resource, ref.namespace, ref.name), body: JSON.stringify(options) };
    const response = await this.#send(asked);
    if (response.status !== 404) bodyOf(asked, response);
  }

  async *watch(
    resource: Resource,
    query: Readonly<Record<string, string>>,
    { namespace, signal }: WatchOptions,
  ): AsyncGenerator<WatchEvent> {
    const asked = { method: 'GET', path: pathOf(resource, namespace) + queryOf({ ...query, watch: 'true' }) };
    const stream = await this.#transport.open(asked, signal);
    this.#observe('WATCH', stream.status);
    try {
      const { status, retryAfterMs, chunks } = stream;
      if (status !== 200) throw errorOf(asked, { status, retryAfterMs, body: await textOf(chunks) });
      for await (const line of readLines(chunks)) yield JSON.parse(line) as WatchEvent;
    } finally {
      stream.close();
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #send(asked: HttpRequest): Promise<HttpResponse> {
    const response = await this.#transport.send(asked);
    this.#observe(asked.method, response.status);
    return response;
  }

  async #ask<T>(asked: HttpRequest): Promise<T> {
    return bodyOf(asked, await this.#send(asked));
  }

  #managed(more: Readonly<Record<string, string>> = {}): string {
    return queryOf({ fieldManager: this.#fieldManager, ...more });
  }
}

/** The cast holds because the API server validates objects against a schema that is generated from their type. Throws ApiError. */
function bodyOf<T>(asked: HttpRequest, response: HttpResponse): T {
  if (response.status >= 300) throw errorOf(asked, response);
  return JSON.parse(response.body) as T;
}

interface ListBody<T> {
  readonly items: readonly T[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path of a resource, or of one object. */
export function pathOf(resource: Resource, namespace?: string, name?: string): string {
  const base = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
  const within = namespace === undefined || namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${base}${within}/${resource.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

function selectors({ labelSelector, fieldSelector }: ListOptions): Record<string, string> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

function queryOf(values: Readonly<Record<string, string>>): string {
  return `?${new URLSearchParams(values).toString()}`;
}

function errorOf(asked: HttpRequest, { status, body, retryAfterMs }: HttpResponse): ApiError {
  const said = statusBody(body);
  const path = asked.path.split('?', 1)[0] ?? '';
  return new ApiError(
    status,
    said.reason ?? '',
    `${asked.method} ${path}: ${said.message ?? `HTTP ${status}`}`,
    retryAfterMs,
  );
}

function statusBody(body: string): { reason?: string; message?: string } {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return body === '' ? {} : { message: body.slice(0, 200) };
  }
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString('utf8');
}
