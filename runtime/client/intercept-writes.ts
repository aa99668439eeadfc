/** Wraps a client so that all its writes go through one function, which can refuse or retry them. */
import type { Client } from './client.ts';

/** Calls `write` never, once or repeatedly. */
export type Around = <T>(write: () => Promise<T>) => Promise<T>;

/** Passes reads through to `client` and hands each write to `around`. */
export function interceptWrites(client: Client, around: Around): Client {
  return {
    get: (resource, ref) => client.get(resource, ref),
    list: (resource, options) => client.list(resource, options),
    listWithVersion: (resource, options) => client.listWithVersion(resource, options),
    watch: (resource, query, options) => client.watch(resource, query, options),
    create: (resource, object) => around(() => client.create(resource, object)),
    update: (resource, object) => around(() => client.update(resource, object)),
    patch: (resource, ref, patch) => around(() => client.patch(resource, ref, patch)),
    delete: (resource, ref, preconditions) => around(() => client.delete(resource, ref, preconditions)),
    close: () => client.close(),
  };
}
