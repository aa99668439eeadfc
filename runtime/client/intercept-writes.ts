/** A client whose writes all go through one function: to refuse them, or to send them again. */
import type { Client } from './client.ts';

/** Sends a write, or does not. */
export type Around = <T>(write: () => Promise<T>) => Promise<T>;

/** Reads as `client` does; each write is handed to `around`. */
export function withWrites(client: Client, around: Around): Client {
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
