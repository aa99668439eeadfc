/** An object as it is kept in Git: what people say of it, without what the server and the controllers have written. Pure. */
import type { KubeObject, ObjectMeta } from '../../api/object.ts';

/** kubectl's own note of what was applied last: it would hold the object a second time. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

type Manifest<T extends KubeObject> = Omit<T, 'status' | 'metadata'> & { readonly metadata: ObjectMeta };

/** Labels and annotations stay: without them, who applies it would take them away. */
export function manifestOf<T extends KubeObject & { readonly status?: unknown }>(object: T): Manifest<T> {
  const { status: _, metadata, ...rest } = object;
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([name]) => name !== LAST_APPLIED),
  );
  return {
    ...rest,
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...given('labels', metadata.labels),
      ...given('annotations', annotations),
    },
  };
}

function given(name: string, entries: Readonly<Record<string, string>> = {}): object {
  return Object.keys(entries).length === 0 ? {} : { [name]: entries };
}
