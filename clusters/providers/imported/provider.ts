/**
 * Clusters that are there already: taken over as they are. Nothing is installed or changed in them; two paths are read,
 * /version and the namespace kube-system, and a credential that may not read these works too. Deleting the Cluster object
 * leaves no trace there, since there is none.
 */
import { PROCESS_NAMES } from '../../../api/installation.ts';
import { type Cluster } from '../../../api/platform/cluster.ts';
import type { Store } from '../../../runtime/cache/store.ts';
import { openConnection } from '../../connections/connection.ts';
import { isCredentialProblem } from '../../connections/credential.ts';
import { type Identity, identify, isConnectionProblem } from '../../connections/identify.ts';
import { readCredential } from '../../connections/read-credential.ts';
import { connectionFailed, done, failed, type Provider, type StepContext, type StepResult } from '../provider.ts';

const VERIFY_MS = 5 * 60_000;
const TIMEOUT_MS = 10_000;
const USER_AGENT = PROCESS_NAMES.cluster;

/** `clusters` is the cache of all Cluster objects: a cluster is imported once. */
export function importedProvider(clusters: Pick<Store<Cluster>, 'list'>): Provider {
  return {
    type: 'Imported',
    heeds: ['server', 'kubeconfigSecret', 'clusterCredentialRef'],
    steps: [
      { condition: 'CredentialValid', doing: 'reading the credential', run: readsCredential },
      {
        condition: 'Identified',
        doing: 'asking the cluster who it is',
        run: (context) => identifies(context, clusters),
      },
    ],
    removal: [],
    verifyEveryMs: VERIFY_MS,
  };
}

async function readsCredential({ client, namespace, cluster }: StepContext): Promise<StepResult> {
  const credential = await readCredential(client, namespace, cluster);
  if (isCredentialProblem(credential)) return failed(credential.reason, credential.message);
  const { hostname, port } = new URL(credential.server);
  const addresses = [
    { type: 'Advertise' as const, host: hostname.replaceAll(/[[\]]/g, ''), port: Number(port === '' ? 443 : port) },
  ];
  return done('the credential is complete', { server: credential.server, addresses });
}

async function identifies(
  { client, namespace, cluster }: StepContext,
  clusters: Pick<Store<Cluster>, 'list'>,
): Promise<StepResult> {
  const credential = await readCredential(client, namespace, cluster);
  if (isCredentialProblem(credential)) return failed(credential.reason, credential.message);
  const member = openConnection(credential, USER_AGENT);
  try {
    const found = await identify(member, credential.server, TIMEOUT_MS);
    if (isConnectionProblem(found)) return connectionFailed(found);
    return changed(cluster, found, credential.server) ?? twinOf(cluster, found, clusters.list()) ?? known(found);
  } finally {
    await member.close();
  }
}

/** Another cluster at the same address: what is granted in the one must not come to hold in the other. */
function changed({ status }: Cluster, { clusterID }: Identity, server: string): StepResult | undefined {
  const before = status?.clusterID ?? undefined;
  if (before === undefined || clusterID === undefined || before === clusterID) return undefined;
  return failed(
    'AnotherCluster',
    `another cluster answers at ${server}: its namespace kube-system has the uid ${clusterID}, and this one had ${before}. Import it under another name`,
  );
}

function twinOf(cluster: Cluster, { clusterID }: Identity, all: readonly Cluster[]): StepResult | undefined {
  const twin = all.find((other) => isSame(other, cluster, clusterID));
  if (twin === undefined) return undefined;
  // Another tenant's cluster is not named to this one.
  const name =
    twin.spec.tenantID === cluster.spec.tenantID ? `Cluster ${twin.metadata.name}` : 'a Cluster of another tenant';
  return failed(
    'AlreadyImported',
    `this is the same cluster as ${name} (its namespace kube-system has the uid ${clusterID ?? ''}): delete one of them`,
  );
}

function known({ version, clusterID }: Identity): StepResult {
  const unknown =
    clusterID === undefined
      ? '; the credential may not read its namespace kube-system, so that a second import of it would not be noticed'
      : '';
  return done(`it is a cluster of version ${version ?? 'unknown'}${unknown}`, {
    ...(version === undefined ? {} : { version }),
    ...(clusterID === undefined ? {} : { clusterID }),
  });
}

/** The one that was there first keeps the cluster. */
function isSame(other: Cluster, cluster: Cluster, clusterID: string | undefined): boolean {
  if (clusterID === undefined || other.status?.clusterID !== clusterID || other.metadata.uid === cluster.metadata.uid)
    return false;
  const age = (each: Cluster): string => `${each.metadata.creationTimestamp ?? ''}/${each.metadata.name}`;
  return cluster.status?.clusterID !== clusterID || age(other) < age(cluster);
}
