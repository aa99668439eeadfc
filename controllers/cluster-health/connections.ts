/**
 * Connections to members, kept open between probes, with the credentials that the hub holds. A credential is read once
 * and kept: it is read again when the Cluster names another one, with the first probe after one that failed (it may have
 * been renewed), then with every other probe while they fail, and every ten minutes all the same. A fleet of 1,000 so
 * costs two reads a second, not one for each probe.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterConnection } from '../../clusters/connections/connection.ts';
import { type Credential, type CredentialProblem, isCredentialProblem } from '../../clusters/connections/credential.ts';
import { settingsOf } from './health-settings.ts';

/** What of a member the probes use. */
export type OpenMember = Pick<ClusterConnection, 'get' | 'close'>;

export interface Connection {
  readonly server: string;
  readonly member: OpenMember;
}

export interface ConnectionTools {
  /** Reads the credential from the hub; throws when the hub does not answer. */
  readonly read: (cluster: Cluster) => Promise<Credential | CredentialProblem>;
  readonly open: (credential: Credential) => OpenMember;
  /** Milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

const KEEP_MS = 10 * 60_000;
/** Between two reads of the credential of a cluster whose probes fail, whatever its period. */
const MIN_DOUBT_MS = 10_000;
const MAX_DOUBT_MS = 60_000;

interface Entry {
  readonly named: string;
  readonly identity: string;
  readonly goodUntil: number;
  /** When it may be read again because a probe failed. */
  readonly doubtFrom: number;
  readonly found: Connection | CredentialProblem;
}

export class Connections {
  readonly #tools: ConnectionTools;
  readonly #entries = new Map<string, Entry>();
  readonly #doubted = new Set<string>();

  constructor(tools: ConnectionTools) {
    this.#tools = tools;
  }

  /** The connection to a cluster, or what is wrong with its credential. Throws when the hub does not tell and nothing is known. */
  async of(cluster: Cluster): Promise<Connection | CredentialProblem> {
    const uid = cluster.metadata.uid ?? '';
    const known = this.#entries.get(uid);
    const named = namedBy(cluster);
    if (known !== undefined && known.named === named && !this.#isOld(uid, known)) return known.found;
    try {
      return await this.#renew(uid, named, cluster);
    } catch (error) {
      // The hub's trouble is not the member's.
      if (known?.named === named) return known.found;
      throw error;
    }
  }

  /** A probe failed: the credential may be an old one. */
  doubt(uid: string): void {
    this.#doubted.add(uid);
  }

  /** Closes what is open to a cluster. */
  async forget(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    this.#entries.delete(uid);
    this.#doubted.delete(uid);
    if (entry !== undefined) await close(entry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((uid) => this.forget(uid)));
  }

  #isOld(uid: string, { goodUntil, doubtFrom }: Entry): boolean {
    const now = this.#tools.now();
    return now >= goodUntil || (now >= doubtFrom && this.#doubted.has(uid));
  }

  async #renew(uid: string, named: string, cluster: Cluster): Promise<Connection | CredentialProblem> {
    const { read, open, now, random } = this.#tools;
    const credential = await read(cluster);
    const wasDoubted = this.#doubted.delete(uid);
    const known = this.#entries.get(uid);
    const identity = JSON.stringify(credential);
    const found =
      known?.identity === identity
        ? known.found
        : isCredentialProblem(credential)
          ? credential
          : { server: credential.server, member: open(credential) };
    const at = now();
    const doubtFrom = wasDoubted
      ? at + Math.min(MAX_DOUBT_MS, Math.max(MIN_DOUBT_MS, 2 * settingsOf(cluster).periodMs))
      : (known?.doubtFrom ?? at);
    this.#entries.set(uid, { named, identity, goodUntil: at + KEEP_MS * (0.8 + 0.4 * random()), doubtFrom, found });
    if (known !== undefined && known.found !== found) await close(known);
    return found;
  }
}

export function hasNoCredential(found: Connection | CredentialProblem): found is CredentialProblem {
  return 'reason' in found;
}

async function close({ found }: Entry): Promise<void> {
  if (!hasNoCredential(found)) await found.member.close();
}

/** What in a Cluster decides which credential it is. */
function namedBy({ spec, status }: Cluster): string {
  return JSON.stringify([
    spec.tenantID,
    spec.server,
    spec.kubeconfigSecret,
    spec.clusterCredentialRef?.name,
    status?.kubeconfigSecret,
  ]);
}
