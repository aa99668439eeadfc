/** The objects of a fake API server, each write numbered, with the history that watches read. */
import type { KubeObject, Resource } from '../../../api/object.ts';
import { keyOf } from '../../../api/object.ts';
import type { Owners } from './field-ownership.ts';

export interface Stored {
  readonly object: KubeObject;
  /** Who owns which field, for server-side apply. */
  readonly owners: Owners;
}

/** One write. `before` and `after` are undefined where the object did not exist, or is gone. */
export interface Change {
  readonly version: number;
  readonly resource: string;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

export class Storage {
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #history: Change[] = [];
  #version = 1;
  #oldest = 1;
  #next = Promise.withResolvers<void>();

  /** The version of the last write. */
  get version(): number {
    return this.#version;
  }

  /** The oldest version from which a watch can resume. */
  get oldest(): number {
    return this.#oldest;
  }

  get(resource: Resource, key: string): Stored | undefined {
    return this.#objects.get(typeOf(resource))?.get(key);
  }

  /** By key, in the order in which etcd has them. */
  list(resource: Resource): KubeObject[] {
    const stored = [...(this.#objects.get(typeOf(resource)) ?? [])];
    return stored.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { object }]) => object);
  }

  /** Stores the object under the next version, which becomes its resourceVersion. Returns it as stored. */
  put(resource: Resource, object: KubeObject, owners: Owners): KubeObject {
    this.#version += 1;
    const type = typeOf(resource);
    const objects = this.#objects.get(type) ?? new Map<string, Stored>();
    this.#objects.set(type, objects);
    const key = keyOf(object.metadata);
    const after = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.#record({ version: this.#version, resource: type, before: objects.get(key)?.object, after });
    objects.set(key, { object: after, owners });
    return after;
  }

  remove(resource: Resource, key: string): void {
    const before = this.get(resource, key)?.object;
    if (before === undefined) return;
    this.#version += 1;
    this.#objects.get(typeOf(resource))?.delete(key);
    this.#record({ version: this.#version, resource: typeOf(resource), before, after: undefined });
  }

  /** The writes of a resource after `version`. */
  since(resource: Resource, version: number): readonly Change[] {
    return this.#history.filter((change) => change.version > version && change.resource === typeOf(resource));
  }

  /** Resolves at the next write. */
  changed(): Promise<void> {
    return this.#next.promise;
  }

  /** Forgets the history: a watch from an older version has to list again. */
  compact(): void {
    this.#oldest = this.#version;
    this.#history.length = 0;
  }

  #record(change: Change): void {
    this.#history.push(change);
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}

/** All versions of a resource are the same objects. */
function typeOf({ group, plural }: Resource): string {
  return `${plural}.${group}`;
}
