/** A client that writes only while something holds: a leader that lost its Lease must not finish what it began. */
import type { Client } from './client.ts';

/** The write was not sent. */
export class FencedError extends Error {
  readonly code = 'E_FENCED';
}

/** Reads as `client` does; every write throws FencedError when `mayWrite` says no at the moment of sending. */
export function fencedClient(client: Client, mayWrite: () => boolean): Client {
  const ifAllowed = async <T>(write: () => Promise<T>): Promise<T> => {
    if (!mayWrite()) throw new FencedError('not written: this process no longer leads');
    return write();
  };
  return {
    get: (resource, ref) => client.get(resource, ref),
    list: (resource, options) => client.list(resource, options),
    listWithVersion: (resource, options) => client.listWithVersion(resource, options),
    watch: (resource, query, options) => client.watch(resource, query, options),
    create: (resource, object) => ifAllowed(() => client.create(resource, object)),
    update: (resource, object) => ifAllowed(() => client.update(resource, object)),
    patch: (resource, ref, patch) => ifAllowed(() => client.patch(resource, ref, patch)),
    delete: (resource, ref, preconditions) => ifAllowed(() => client.delete(resource, ref, preconditions)),
    abandon: () => client.abandon(),
    close: () => client.close(),
  };
}
