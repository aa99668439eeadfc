/**
 * An API server in memory, for tests of code that takes a Client. behaviours.ts says what it does as a real one does, and runs
 * against both. It has no schemas, defaults, admission webhooks, RBAC or namespaces, and collects no garbage.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type KubeObject, keyOf, type ObjectRef, type Resource } from '../../../api/object.ts';
import {
  apiVersionOf,
  type Client,
  type ListOptions,
  type Patch,
  type Preconditions,
  type WatchEvent,
  type WatchOptions,
} from '../../../runtime/client/client.ts';
import { ApiError, isNotFound } from '../../../runtime/errors.ts';
import { type AnyObject, checkPreconditions, created, marked, statusUpdated, updated } from './admission.ts';
import { applyFields, type Owners, ownersAfterWrite } from './field-ownership.ts';
import { asJson, type JsonObject, mergePatch } from './json.ts';
import { isSelected } from './selectors.ts';
import { Storage, type Stored } from './storage.ts';
import { eventsOf } from './watch.ts';

/** A request, as a test counts or refuses it. */
export interface Request {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete';
  readonly resource: Resource;
  /** `namespace/name` or `name`; '' for list and watch. */
  readonly key: string;
  readonly patchType?: Patch['type'];
  readonly subresource?: string | undefined;
  readonly body?: unknown;
}

const WRITES = new Set<Request['verb']>(['create', 'update', 'patch', 'delete']);

export class FakeApiServer {
  /** Every request so far, refused ones included. */
  readonly requests: Request[] = [];
  /** Called before each request is answered. What it throws is the answer. */
  onRequest: (request: Request) => void | Promise<void> = () => {};
  readonly #storage = new Storage();
  readonly #now: () => number;

  /** `now` is the server's clock, in milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A client that writes under this name. */
  client(fieldManager = 'test'): Client {
    const list = async <T extends KubeObject>(resource: Resource<T>, options: ListOptions = {}) => {
      await this.#asked({ verb: 'list', resource, key: '' });
      const items = this.list(resource, options);
      return { items, resourceVersion: String(this.#storage.version) };
    };
    return {
      get: async (resource, ref) => {
        const isFound = await this.#isFound({ verb: 'get', resource, key: keyOf(ref) });
        return isFound ? this.get(resource, ref) : undefined;
      },
      list: async (resource, options) => (await list(resource, options)).items,
      listWithVersion: list,
      create: async (resource, object) => {
        await this.#asked({ verb: 'create', resource, key: keyOf(object.metadata), body: object });
        return this.#create(resource, object, `${fieldManager} Update`);
      },
      update: async (resource, object) => {
        await this.#asked({ verb: 'update', resource, key: keyOf(object.metadata), body: object });
        return this.#update(resource, object, `${fieldManager} Update`);
      },
      patch: async (resource, ref, patch) => {
        const { type, subresource, body } = patch;
        await this.#asked({ verb: 'patch', resource, key: keyOf(ref), patchType: type, subresource, body });
        return type === 'merge'
          ? this.#merge(resource, ref, patch, `${fieldManager} Update`)
          : this.#apply(resource, ref, patch, `${fieldManager} Apply`);
      },
      delete: async (resource, ref, preconditions) => {
        const isFound = await this.#isFound({ verb: 'delete', resource, key: keyOf(ref) });
        if (isFound) this.#delete(resource, keyOf(ref), preconditions);
      },
      watch: (resource, query, options) => this.#watch(resource, query, options),
      close: () => Promise.resolve(),
    };
  }

  /**
   * Stores an object as it stands, status included, without a request. Adds uid, time and generation if they are missing. Fields
   * keep the owners that they have.
   */
  seed<T extends KubeObject>(resource: Resource<T>, object: T): T {
    const metadata = { uid: randomUUID(), creationTimestamp: this.#time(), generation: 1, ...object.metadata };
    const owners = this.#storage.get(resource, keyOf(metadata))?.owners ?? new Map();
    return this.#stored(resource, this.#storage.put(resource, asJson({ ...object, metadata }), owners));
  }

  /** Removes an object without a request, whatever its finalizers. */
  remove(resource: Resource, ref: ObjectRef): void {
    this.#storage.remove(resource, keyOf(ref));
  }

  /** What is stored, without a request. */
  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): T | undefined {
    const stored = this.#storage.get(resource, keyOf(ref));
    return stored === undefined ? undefined : this.#stored(resource, stored.object);
  }

  /** What is stored, without a request. */
  list<T extends KubeObject>(resource: Resource<T>, { namespace = '', ...selectors }: ListOptions = {}): T[] {
    return this.#storage
      .list(resource)
      .filter((object) => namespace === '' || object.metadata.namespace === namespace)
      .filter((object) => isSelected(object, selectors))
      .map((object) => this.#stored(resource, object));
  }

  /** Every write so far. */
  get writes(): Request[] {
    return this.requests.filter(({ verb }) => WRITES.has(verb));
  }

  /** Forgets the history, as etcd does after some minutes: a watch that resumes from before gets 410 Gone. */
  compact(): void {
    this.#storage.compact();
  }

  async #asked(request: Request): Promise<void> {
    this.requests.push(request);
    await this.onRequest(request);
  }

  /** Like the real client, get and delete take a 404 from onRequest for an object that does not exist. */
  async #isFound(request: Request): Promise<boolean> {
    try {
      await this.#asked(request);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  #create<T extends KubeObject>(resource: Resource<T>, object: T, manager: string): T {
    const key = keyOf(object.metadata);
    if (this.#storage.get(resource, key) !== undefined)
      throw new ApiError(409, 'AlreadyExists', `${resource.plural} "${key}" already exists`);
    const birth = { uid: randomUUID(), creationTimestamp: this.#time() };
    return this.#write(resource, undefined, created(resource, asJson(object), birth), manager);
  }

  #update<T extends KubeObject>(resource: Resource<T>, object: T, manager: string): T {
    const known = this.#known(resource, keyOf(object.metadata));
    // Kinds of the core group may be replaced whatever their version.
    if ((object.metadata.resourceVersion ?? '') === '' && resource.group !== '')
      throw new ApiError(422, 'Invalid', 'metadata.resourceVersion: must be specified for an update');
    checkPreconditions(known.object, object.metadata);
    return this.#write(resource, known, updated(resource, known.object, asJson(object)), manager);
  }

  #merge<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    { body, subresource }: Patch,
    manager: string,
  ): T {
    const known = this.#known(resource, keyOf(ref));
    const { resourceVersion: _, ...metadata } = known.object.metadata;
    const base = asJson({ ...known.object, metadata }) as unknown as JsonObject;
    const wanted = mergePatch(base, asJson(body) as JsonObject) as unknown as AnyObject;
    const after =
      subresource === undefined ? updated(resource, known.object, wanted) : statusUpdated(known.object, wanted);
    return this.#write(resource, known, after, `${manager} ${subresource ?? ''}`);
  }

  #apply<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, patch: Patch, manager: string): T {
    const { subresource, force = false } = patch;
    const { status, ...content } = asJson(patch.body) as AnyObject;
    const known = this.#storage.get(resource, keyOf(ref));
    if (known === undefined) return this.#applyNew(resource, ref, { content, subresource, manager });
    const { uid, resourceVersion } = content.metadata;
    const wanted = subresource === undefined ? content : { metadata: { uid, resourceVersion }, status };
    const current = known.object as unknown as JsonObject;
    const owner = `${manager} ${subresource ?? ''}`;
    const { object, owners, conflicts } = applyFields(current, known.owners, owner, asJson(wanted) as JsonObject);
    if (conflicts.length > 0 && !force)
      throw new ApiError(409, 'Conflict', `Apply failed with conflicts: ${conflicts.join(', ')}`);
    const after = object as unknown as AnyObject;
    const stored =
      subresource === undefined ? updated(resource, known.object, after) : statusUpdated(known.object, after);
    return this.#put(resource, known, stored, owners);
  }

  #applyNew<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    { content, subresource, manager }: { content: AnyObject; subresource: string | undefined; manager: string },
  ): T {
    if (subresource !== undefined) throw this.#notFound(resource, keyOf(ref));
    if (content.metadata.uid !== undefined)
      throw new ApiError(409, 'Conflict', `uid mismatch: no object with uid ${content.metadata.uid} was found`);
    const birth = { uid: randomUUID(), creationTimestamp: this.#time() };
    return this.#write(resource, undefined, created(resource, content, birth), `${manager} `);
  }

  #delete(resource: Resource, key: string, preconditions: Preconditions = {}): void {
    const known = this.#storage.get(resource, key);
    if (known === undefined) return;
    const { object, owners } = known;
    checkPreconditions(object, preconditions);
    if ((object.metadata.finalizers ?? []).length === 0) this.#storage.remove(resource, key);
    else if (object.metadata.deletionTimestamp === undefined)
      this.#storage.put(resource, marked(resource, object, this.#time()), owners);
  }

  async *#watch(
    resource: Resource,
    query: Readonly<Record<string, string>>,
    { namespace = '', signal }: WatchOptions,
  ): AsyncGenerator<WatchEvent> {
    await this.#asked({ verb: 'watch', resource, key: '', body: query });
    for await (const event of eventsOf(this.#storage, resource, query, signal)) {
      const { metadata } = event.object;
      if (event.type === 'BOOKMARK' || namespace === '' || metadata.namespace === namespace) yield asJson(event);
    }
  }

  #write<T extends KubeObject>(resource: Resource<T>, known: Stored | undefined, after: AnyObject, manager: string): T {
    const before = (known?.object ?? {}) as unknown as JsonObject;
    const owners = ownersAfterWrite(known?.owners ?? new Map(), manager, before, after as unknown as JsonObject);
    return this.#put(resource, known, after, owners);
  }

  /** A write that changes nothing gets no new version. An object whose last finalizer goes while it is being deleted is removed. */
  #put<T extends KubeObject>(resource: Resource<T>, known: Stored | undefined, after: AnyObject, owners: Owners): T {
    const { deletionTimestamp, finalizers = [] } = after.metadata;
    if (deletionTimestamp !== undefined && finalizers.length === 0) {
      this.#storage.remove(resource, keyOf(after.metadata));
      return this.#stored(resource, after);
    }
    if (isDeepStrictEqual(known?.object, after)) return this.#stored(resource, after);
    return this.#stored(resource, this.#storage.put(resource, after, owners));
  }

  #known(resource: Resource, key: string): Stored {
    const known = this.#storage.get(resource, key);
    if (known === undefined) throw this.#notFound(resource, key);
    return known;
  }

  #notFound({ plural }: Resource, key: string): ApiError {
    return new ApiError(404, 'NotFound', `${plural} "${key}" not found`);
  }

  /** A copy, so that no caller can change what is stored. Its type is that of its resource. */
  #stored<T extends KubeObject>(resource: Resource<T>, object: KubeObject): T {
    return asJson({ ...object, apiVersion: apiVersionOf(resource), kind: resource.kind }) as unknown as T;
  }

  #time(): string {
    return new Date(this.#now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}
