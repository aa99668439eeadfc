/**
 * The ports of a local cluster. They are chosen once and kept in a file: clients and etcd members know each other by
 * them.
 */
import { mkdir, readFile } from 'node:fs/promises';
import * as z from 'zod';
import { writeWhole } from '../../controlplane/certificate-files.ts';
import { freePorts } from '../../controlplane/free-ports.ts';
import type { Layout } from './layout.ts';

const port = z.int().min(1).max(65_535);
const replicaPorts = z.object({ etcd: port, peer: port, apiserver: port });
/** The file calls the replicas members, and must keep doing so: clusters outlive the controller that wrote it. */
const stored = z.object({ server: port, manager: port, members: z.array(replicaPorts) });

/** The ports of one control plane replica. */
export type ReplicaPorts = z.infer<typeof replicaPorts>;

export interface Ports {
  /** The port of the balancer, at which clients reach the cluster. */
  readonly server: number;
  readonly manager: number;
  readonly replicas: readonly ReplicaPorts[];
}

const SHARED = 2;
const PER_REPLICA = 3;

/**
 * Returns the ports of a cluster with at least `replicas` control plane replicas. Chooses only those that are missing.
 */
export async function portsOf({ root, ports: file }: Layout, replicas: number): Promise<Ports> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const known = await readPorts(file);
  const missing = Math.max(0, replicas - (known?.replicas.length ?? 0));
  if (known !== undefined && missing === 0) return known;
  const [server = 0, manager = 0, ...free] = await freePorts(SHARED + PER_REPLICA * missing);
  const added = Array.from({ length: missing }, (_, nth): ReplicaPorts => {
    const [etcd = 0, peer = 0, apiserver = 0] = free.slice(nth * PER_REPLICA);
    return { etcd, peer, apiserver };
  });
  const ports = { server, manager, ...known, replicas: [...(known?.replicas ?? []), ...added] };
  await writeWhole(
    file,
    JSON.stringify({ server: ports.server, manager: ports.manager, members: ports.replicas } satisfies z.input<
      typeof stored
    >),
  );
  return ports;
}

/** Returns the ports in a file; undefined when there is no such file. */
export async function readPorts(file: string): Promise<Ports | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { server, manager, members: replicas } = stored.parse(JSON.parse(text));
  return { server, manager, replicas };
}

/** Returns the ports of one replica. Throws when it has none. */
export function portsAt(replicas: readonly ReplicaPorts[], index: number): ReplicaPorts {
  const own = replicas[index];
  if (own === undefined) throw new Error(`control plane replica ${index} has no ports`);
  return own;
}
