/**
 * Provider of type Imported: existing clusters, which it takes over as they are. It installs and changes nothing in
 * them. It reads only /version and the namespace kube-system, and accepts a credential that may not read these.
 * Deleting the Cluster object leaves the cluster untouched.
 */
import type { Cluster } from '../../../api/platform/cluster.ts';
import type { Store } from '../../../runtime/cache/store.ts';
import { isCredentialProblem } from '../../connections/credential.ts';
import type { Identity } from '../../connections/identify.ts';
import { readCredential } from '../../connections/read-credential.ts';
import { done, failed, isStepResult, type Provider, type StepContext, type StepResult } from '../provider.ts';
import { addressesOf, reachCluster } from '../reach-cluster.ts';

const VERIFY_MS = 5 * 60_000;

/** `clusters` is the cache of all Cluster objects, to find a cluster that is imported twice. */
export function importedProvider(clusters: Pick<Store<Cluster>, 'list'>): Provider {
  return {
    type: 'Imported',
    usedFields: ['server', 'kubeconfigSecret', 'clusterCredentialRef'],
    steps: [
      { condition: 'CredentialValid', doing: 'reading the credential', run: checkCredential },
      {
        condition: 'Identified',
        doing: 'identifying the cluster',
        run: (context) => identifyCluster(context, clusters),
      },
    ],
    removal: [],
    verifyEveryMs: VERIFY_MS,
  };
}

async function checkCredential({ client, namespace, cluster }: StepContext): Promise<StepResult> {
  const credential = await readCredential(client, namespace, cluster);
  if (isCredentialProblem(credential)) return failed(credential.reason, credential.message);
  const { server } = credential;
  return done('the credential is complete', { server, addresses: addressesOf(server) });
}

async function identifyCluster(context: StepContext, clusters: Pick<Store<Cluster>, 'list'>): Promise<StepResult> {
  const reached = await reachCluster(context);
  if (isStepResult(reached)) return reached;
  const { identity, credential } = reached;
  return (
    anotherCluster(context.cluster, identity, credential.server) ??
    importedTwice(context.cluster, identity, clusters.list()) ??
    identified(identity)
  );
}

/**
 * Refuses another cluster at the same address: permissions that were granted in the one must not apply to the other.
 */
function anotherCluster({ status }: Cluster, { clusterID }: Identity, server: string): StepResult | undefined {
  const before = status?.clusterID ?? undefined;
  if (before === undefined || clusterID === undefined || before === clusterID) return undefined;
  return failed(
    'AnotherCluster',
    `another cluster answers at ${server}: the uid of its namespace kube-system is ${clusterID}, but was ${before}. Import it under another name`,
  );
}

function importedTwice(cluster: Cluster, { clusterID }: Identity, all: readonly Cluster[]): StepResult | undefined {
  const twin = all.find((other) => isTheSame(other, cluster, clusterID));
  if (twin === undefined) return undefined;
  // A tenant must not learn the names of another tenant's clusters.
  const name =
    twin.spec.tenantID === cluster.spec.tenantID ? `Cluster ${twin.metadata.name}` : 'a Cluster of another tenant';
  return failed(
    'AlreadyImported',
    `this cluster is already imported as ${name} (the uid of its namespace kube-system is ${clusterID ?? ''}): delete one of them`,
  );
}

function identified({ version, clusterID }: Identity): StepResult {
  const unknown =
    clusterID === undefined
      ? '; the credential may not read its namespace kube-system, so importing it twice would go unnoticed'
      : '';
  return done(`the cluster has version ${version ?? 'unknown'}${unknown}`, {
    ...(version === undefined ? {} : { version }),
    ...(clusterID === undefined ? {} : { clusterID }),
  });
}

/**
 * Whether `other` is the same cluster and has the better claim: the Cluster object that identified it first keeps it.
 */
function isTheSame(other: Cluster, cluster: Cluster, clusterID: string | undefined): boolean {
  if (clusterID === undefined || other.status?.clusterID !== clusterID || other.metadata.uid === cluster.metadata.uid)
    return false;
  const age = (each: Cluster): string => `${each.metadata.creationTimestamp ?? ''}/${each.metadata.name}`;
  return cluster.status?.clusterID !== clusterID || age(other) < age(cluster);
}
