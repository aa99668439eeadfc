/** Where the files of a local cluster are. Pure. */
import path from 'node:path';

export interface Layout {
  /** The folder of the cluster. It contains everything else. */
  readonly root: string;
  /** The folder with keys and certificates. */
  readonly pki: string;
  /** The CA of the API server's certificate and of its clients. */
  readonly ca: string;
  readonly etcdCa: string;
  /** The key that signs ServiceAccount tokens. */
  readonly serviceAccountKey: string;
  /** The ports of the cluster, JSON. */
  readonly ports: string;
  /** The ports that the balancer forwards to, JSON. */
  readonly backends: string;
  /**
   * The folder of a control plane replica. Its name, like that of its etcd member, never changes: both outlive the
   * controller.
   */
  replica(index: number): string;
  /** The folder with the data of a replica's etcd. */
  etcdData(index: number): string;
}

/** The folder has the uid of the cluster as its name, so a later cluster of the same name gets another one. */
export function layoutOf(directory: string, uid: string): Layout {
  const root = path.join(directory, uid);
  const pki = path.join(root, 'pki');
  const replica = (index: number): string => path.join(root, `member-${index}`);
  return {
    root,
    pki,
    ca: path.join(pki, 'ca.crt'),
    etcdCa: path.join(pki, 'etcd-ca.crt'),
    serviceAccountKey: path.join(pki, 'service-account.key'),
    ports: path.join(root, 'ports.json'),
    backends: path.join(root, 'backends.json'),
    replica,
    etcdData: (index) => path.join(replica(index), 'etcd'),
  };
}
