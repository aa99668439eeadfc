/** The events of a watch on a fake API server. */
import type { KubeObject, Resource } from '../../../api/object.ts';
import { apiVersionOf } from '../../../runtime/client/client.ts';
import { ApiError } from '../../../runtime/errors.ts';
import { isSelected, type Selectors } from './selectors.ts';
import type { Change, Storage } from './storage.ts';

export interface Event {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
}

/**
 * With `sendInitialEvents`, the present state and a bookmark that says that it is complete; then every change. Throws
 * when `signal` aborts, and ApiError 410 when the history no longer goes back to `resourceVersion`.
 */
export async function* eventsOf(
  storage: Storage,
  resource: Resource,
  query: Readonly<Record<string, string>>,
  signal: AbortSignal,
): AsyncGenerator<Event> {
  let version = Number(query['resourceVersion'] ?? '');
  if (query['sendInitialEvents'] === 'true') {
    version = storage.version;
    for (const object of storage.list(resource)) if (isSelected(object, query)) yield { type: 'ADDED', object };
    yield bookmark(resource, version);
  } else if (version !== 0 && version < storage.oldest) throw new ApiError(410, 'Expired', 'too old resource version');
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  for (;;) {
    signal.throwIfAborted();
    const next = storage.changed();
    for (const change of storage.since(resource, version)) {
      version = change.version;
      const event = eventOf(change, query);
      if (event !== undefined) yield event;
    }
    await Promise.race([next, aborted]);
  }
}

/** An object that no longer matches the selectors is deleted, as far as the watch goes. */
function eventOf({ version, before, after }: Change, selectors: Selectors): Event | undefined {
  const was = before !== undefined && isSelected(before, selectors);
  if (after !== undefined && isSelected(after, selectors)) return { type: was ? 'MODIFIED' : 'ADDED', object: after };
  if (!was) return undefined;
  const object = after ?? before;
  return { type: 'DELETED', object: { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } } };
}

function bookmark(resource: Resource, version: number): Event {
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  const metadata = { name: '', resourceVersion: String(version), annotations };
  return { type: 'BOOKMARK', object: { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata } };
}
