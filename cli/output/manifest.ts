/** An object as a manifest for Git: what users set, without what the server and the controllers added. Pure. */
import type { KubeObject, ObjectMeta } from '../../api/object.ts';

/** kubectl's copy of the object as it was last applied. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

type Manifest<T extends KubeObject> = Omit<T, 'status' | 'metadata'> & { readonly metadata: ObjectMeta };

/** Keeps labels and annotations: applying a manifest without them would remove them. */
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
      ...unlessEmpty('labels', metadata.labels),
      ...unlessEmpty('annotations', annotations),
    },
  };
}

function unlessEmpty(name: string, entries: Readonly<Record<string, string>> = {}): object {
  return Object.keys(entries).length === 0 ? {} : { [name]: entries };
}
