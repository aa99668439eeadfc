/** Compacts etcd's history. */

/** Makes etcd forget everything before this revision. etcd refuses it if the revision was compacted already. */
export function compactEtcd(etcdUrl: string, revision: string): Promise<Response> {
  return fetch(`${etcdUrl}/v3/kv/compaction`, {
    method: 'POST',
    body: JSON.stringify({ revision, physical: true }),
  });
}
