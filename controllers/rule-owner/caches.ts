/** The caches of a process, one for each kind. */
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { ProcessContext } from '../../runtime/process/process.ts';
import type { Stores } from './owner.ts';

export interface CacheOptions<T> {
  readonly labelSelector?: string;
  readonly indexes?: Record<string, (object: T) => readonly string[]>;
}

export class Caches implements Stores {
  readonly #context: Pick<ProcessContext, 'informer'>;
  readonly #informers = new Map<string, Informer<KubeObject>>();

  constructor(context: Pick<ProcessContext, 'informer'>) {
    this.#context = context;
  }

  /** Adds the cache of a kind. A second call for the same kind has no effect. */
  add<T extends KubeObject>(resource: Resource<T>, options: CacheOptions<T>): void {
    const key = idOf(resource);
    if (this.#informers.has(key)) return;
    this.#informers.set(key, this.#context.informer(resource, options) as unknown as Informer<KubeObject>);
  }

  has(resource: Resource): boolean {
    return this.#informers.has(idOf(resource));
  }

  /** Throws for a kind without a cache: a controller reads only what it has declared. */
  informer<T extends KubeObject>(resource: Resource<T>): Informer<T> {
    const informer = this.#informers.get(idOf(resource));
    if (informer === undefined) throw new Error(`no cache of ${resource.plural} in this process`);
    // The key is derived from the resource, and the resource carries the type of its objects.
    return informer as unknown as Informer<T>;
  }

  of<T extends KubeObject>(resource: Resource<T>): Store<T> {
    return this.informer(resource).store;
  }
}

function idOf(resource: Resource): string {
  return `${resource.plural}.${resource.group}`;
}
