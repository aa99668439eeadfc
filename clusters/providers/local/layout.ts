/** Where a local cluster has its files, and which ports. The folder of a cluster is named by its uid: a later one of the same name has another. */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';
import { writeWhole } from '../../controlplane/certificate-files.ts';
import { freePorts } from '../../controlplane/free-ports.ts';

export interface Layout {
  /** Everything of the cluster is below it. */
  readonly root: string;
  readonly pki: string;
  readonly ports: string;
  readonly backends: string;
  member(index: number): string;
}

export function layoutOf(directory: string, uid: string): Layout {
  const root = path.join(directory, uid);
  return {
    root,
    pki: path.join(root, 'pki'),
    ports: path.join(root, 'ports.json'),
    backends: path.join(root, 'backends.json'),
    member: (index) => path.join(root, `member-${index}`),
  };
}

const port = z.int().min(1).max(65_535);
const member = z.object({ etcd: port, peer: port, apiserver: port });
const ports = z.object({ server: port, manager: port, members: z.array(member) });

export type MemberPorts = z.infer<typeof member>;
export type Ports = z.infer<typeof ports>;

/** The ports of a cluster with that many members: what it has already stays. */
export async function portsOf({ root, ports: file }: Layout, members: number): Promise<Ports> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const known = await readPorts(file);
  const missing = Math.max(0, members - (known?.members.length ?? 0));
  if (known !== undefined && missing === 0) return known;
  const [server = 0, manager = 0, ...fresh] = await freePorts(2 + 3 * missing);
  const added = Array.from({ length: missing }, (_, nth): MemberPorts => {
    const [etcd = 0, peer = 0, apiserver = 0] = fresh.slice(nth * 3);
    return { etcd, peer, apiserver };
  });
  const all =
    known === undefined ? { server, manager, members: added } : { ...known, members: [...known.members, ...added] };
  await writeWhole(file, JSON.stringify(all));
  return all;
}

export async function readPorts(file: string): Promise<Ports | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : ports.parse(JSON.parse(text));
}

/** The ports of one member. Throws when it has none. */
export function portsAt(ports: readonly MemberPorts[], index: number): MemberPorts {
  const own = ports[index];
  if (own === undefined) throw new Error(`member ${index} has no ports`);
  return own;
}
