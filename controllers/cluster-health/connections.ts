/**
 * Keeps connections to member clusters open between probes, with credentials from the hub. A credential is read once
 * and kept. It is read again when the Cluster names another one, with the first probe after a failed one (it may have
 * been renewed), then with every other probe while probes fail, and every ten minutes in any case. A fleet of 1,000
 * clusters therefore costs two reads a second instead of one for each probe.
 */
import type { Cluster } from '../../api/platform/cluster.ts';
import type { ClusterConnection } from '../../clusters/connections/connection.ts';
import { type Credential, type CredentialProblem, isCredentialProblem } from '../../clusters/connections/credential.ts';
import { healthSettings } from './health-settings.ts';

/** The part of a connection that probes use. */
export type ApiClient = Pick<ClusterConnection, 'get' | 'close'>;

export interface Connection {
  readonly server: string;
  readonly api: ApiClient;
}

export interface ConnectionTools {
  /** Reads the credential from the hub. Throws when the hub does not answer. */
  readonly read: (cluster: Cluster) => Promise<Credential | CredentialProblem>;
  readonly open: (credential: Credential) => ApiClient;
  /** Milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** How long a credential is kept, give or take a fifth. */
const KEEP_MS = 10 * 60_000;
/** The delay between two reads of the credential of a cluster whose probes fail: two periods, within these limits. */
const MIN_REREAD_MS = 10_000;
const MAX_REREAD_MS = 60_000;

interface Entry {
  /** Which credential the Cluster named. */
  readonly source: string;
  readonly identity: string;
  readonly keepUntil: number;
  /** From when on a failed probe may cause another read. */
  readonly rereadFrom: number;
  readonly found: Connection | CredentialProblem;
}

export class Connections {
  readonly #tools: ConnectionTools;
  readonly #entries = new Map<string, Entry>();
  readonly #suspected = new Set<string>();

  constructor(tools: ConnectionTools) {
    this.#tools = tools;
  }

  /**
   * The connection to a cluster, or what is wrong with its credential. Throws when neither the hub answers nor one is
   * kept.
   */
  async of(cluster: Cluster): Promise<Connection | CredentialProblem> {
    const uid = cluster.metadata.uid ?? '';
    const known = this.#entries.get(uid);
    const source = sourceOf(cluster);
    if (known !== undefined && known.source === source && !this.#isOld(uid, known)) return known.found;
    try {
      return await this.#renew(uid, source, cluster);
    } catch (error) {
      // A problem of the hub must not look like one of the member cluster.
      if (known?.source === source) return known.found;
      throw error;
    }
  }

  /** A probe failed: the credential may be outdated. */
  suspect(uid: string): void {
    this.#suspected.add(uid);
  }

  /** Closes the connection to a cluster. */
  async forget(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    this.#entries.delete(uid);
    this.#suspected.delete(uid);
    if (entry !== undefined) await close(entry);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((uid) => this.forget(uid)));
  }

  #isOld(uid: string, { keepUntil, rereadFrom }: Entry): boolean {
    const now = this.#tools.now();
    return now >= keepUntil || (now >= rereadFrom && this.#suspected.has(uid));
  }

  async #renew(uid: string, source: string, cluster: Cluster): Promise<Connection | CredentialProblem> {
    const { read, open, now, random } = this.#tools;
    const credential = await read(cluster);
    const wasSuspected = this.#suspected.delete(uid);
    const known = this.#entries.get(uid);
    const identity = JSON.stringify(credential);
    const found =
      known?.identity === identity
        ? known.found
        : isCredentialProblem(credential)
          ? credential
          : { server: credential.server, api: open(credential) };
    const at = now();
    const rereadFrom = wasSuspected
      ? at + Math.min(MAX_REREAD_MS, Math.max(MIN_REREAD_MS, 2 * healthSettings(cluster).periodMs))
      : (known?.rereadFrom ?? at);
    this.#entries.set(uid, { source, identity, keepUntil: at + KEEP_MS * (0.8 + 0.4 * random()), rereadFrom, found });
    if (known !== undefined && known.found !== found) await close(known);
    return found;
  }
}

export function hasNoCredential(found: Connection | CredentialProblem): found is CredentialProblem {
  return 'reason' in found;
}

async function close({ found }: Entry): Promise<void> {
  if (!hasNoCredential(found)) await found.api.close();
}

/** The fields of a Cluster that decide which credential is used. */
function sourceOf({ spec, status }: Cluster): string {
  return JSON.stringify([
    spec.tenantID,
    spec.server,
    spec.kubeconfigSecret,
    spec.clusterCredentialRef?.name,
    status?.kubeconfigSecret,
  ]);
}
