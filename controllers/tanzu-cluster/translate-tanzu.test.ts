import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { load } from 'js-yaml';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterAPICluster } from '../../api/tanzu/cluster-api-cluster.ts';
import { type TanzuKubernetesCluster, tanzuKubernetesClusters } from '../../api/tanzu/tanzu-kubernetes-cluster.ts';
import { isTanzu, translateClusterAPI } from './translate-cluster-api.ts';
import { translateTanzu } from './translate-tanzu.ts';
import { isProblem, type Problem, type Settings, type Translation } from './translation.ts';

const read = (name: string): unknown => load(readFileSync(path.join(import.meta.dirname, 'examples', name), 'utf8'));
const release = (version: string): ClusterRelease => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'ClusterRelease',
  metadata: { name: version.replace('+', '---') },
  spec: { version },
});
const settings = (more: Partial<Settings> = {}): Settings => ({
  tenantID: 'acme',
  type: 'ClusterAPI',
  plan: undefined,
  releases: ['v1.35.3', 'v1.35.4', 'v1.36.1'].map(release),
  current: undefined,
  nowMs: 0,
  ...more,
});
const custom = tanzuKubernetesClusters.parse(read('tkc-v1alpha3.yaml'));
const minimal = tanzuKubernetesClusters.parse(read('tkc-minimal.yaml'));
const topology = read('cluster-v1beta1.yaml') as ClusterAPICluster;

/** The translation, after checking that the schema of Cluster accepts its spec. */
function good(found: Translation | Problem): Translation {
  assert.ok(!isProblem(found), JSON.stringify(found));
  clusters.parse({ apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name: 'a' }, spec: found.spec });
  return found;
}
const paths = ({ unmapped }: Translation): string[] => unmapped.map((each) => each.slice(0, each.indexOf(': '))).sort();

describe('a TanzuKubernetesCluster', () => {
  test("from the vendor's documentation becomes a Cluster of the same size, networks, labels and taints", () => {
    const { spec } = good(translateTanzu(custom, settings()));
    assert.deepEqual(spec, {
      tenantID: 'acme',
      type: 'ClusterAPI',
      version: 'v1.35.4',
      clusterAPI: {
        class: { name: 'tanzukubernetescluster' },
        variables: [
          { name: 'vmClass', value: 'guaranteed-medium' },
          { name: 'storageClass', value: 'vsan-default' },
          { name: 'storageClasses', value: ['vsan-default', 'vsan-gold'] },
          { name: 'defaultStorageClass', value: 'vsan-default' },
        ],
      },
      controlPlane: { replicas: 3, machineClass: 'guaranteed-medium' },
      nodePools: [
        {
          name: 'worker-a',
          replicas: 3,
          machineClass: 'best-effort-large',
          labels: { tier: 'web' },
          taints: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }],
        },
        { name: 'worker-b', replicas: 1, machineClass: 'guaranteed-small' },
      ],
      clusterCIDR: '192.0.2.0/22',
      serviceCIDR: '198.51.100.0/22',
      dnsDomain: 'managedcluster.local',
    } satisfies Cluster['spec']);
  });

  test('gets a list of exactly the fields without effect', () => {
    assert.deepEqual(paths(good(translateTanzu(custom, settings()))), [
      'settings.network.cni',
      'settings.network.pods.cidrBlocks[1]',
      'settings.network.proxy',
      'settings.network.trust',
      'topology.controlPlane.nodeDrainTimeout',
      'topology.controlPlane.tkr.reference.name',
      'topology.controlPlane.volumes',
      'topology.nodePools[0].storageClass',
      'topology.nodePools[0].volumes',
      'topology.nodePools[1].failureDomain',
      'topology.nodePools[1].tkr',
    ]);
  });

  test('gets unknown fields listed', () => {
    const strange: TanzuKubernetesCluster = {
      ...minimal,
      spec: { ...minimal.spec, topology: { ...minimal.spec.topology, surprise: { deep: [1] } }, other: 0, empty: {} },
    };
    assert.deepEqual(
      good(translateTanzu(strange, settings())).unmapped.filter((each) => !each.includes('storageClass')),
      ['other: a Cluster has no such field', 'topology.surprise: a Cluster has no such field'],
    );
  });

  test('with a plan has the class of the plan, which defines storage', () => {
    const found = good(translateTanzu(minimal, settings({ plan: 'small' })));
    assert.deepEqual([found.spec.plan, found.spec.clusterAPI], ['small', undefined]);
    assert.deepEqual(paths(found), ['topology.controlPlane.storageClass', 'topology.nodePools[0].storageClass']);
  });

  test('of type Local has no class and no variables', () => {
    const found = good(translateTanzu(minimal, settings({ type: 'Local' })));
    assert.deepEqual([found.spec.type, found.spec.clusterAPI, found.spec.version], ['Local', undefined, 'v1.35.4']);
  });

  test('without a release gets its version from the plan', () => {
    const { tkr: _, ...controlPlane } = minimal.spec.topology.controlPlane ?? {};
    const found = good(
      translateTanzu({ ...minimal, spec: { topology: { controlPlane } } }, settings({ plan: 'small' })),
    );
    assert.equal(found.spec.version, undefined);
  });

  test('cannot choose its tenant, type or plan: such fields are listed as without effect', () => {
    const claims = {
      ...minimal,
      spec: { ...minimal.spec, tenantID: 'other', type: 'Imported', plan: 'big', kubeconfigSecret: 'theirs' },
    };
    const found = good(translateTanzu(claims, settings()));
    assert.deepEqual(
      [found.spec.tenantID, found.spec.type, found.spec.plan, found.spec.kubeconfigSecret],
      ['acme', 'ClusterAPI', undefined, undefined],
    );
    assert.deepEqual(
      paths(found).filter((each) => !each.includes('.')),
      ['kubeconfigSecret', 'plan', 'tenantID', 'type'],
    );
  });

  test('with a version that is not offered gives a problem that names the offered versions', () => {
    const found = translateTanzu(minimal, settings({ releases: [release('v1.34.1')] }));
    assert.ok(isProblem(found));
    assert.equal(found.reason, 'VersionNotFound');
    assert.match(found.message, /v1\.35; offered: v1\.34\.1/);
  });
});

describe('a Cluster of Cluster API with the class of Tanzu', () => {
  test('becomes a Cluster with its class and variables', () => {
    assert.equal(isTanzu(topology), true);
    assert.deepEqual(good(translateClusterAPI(topology, settings())).spec, {
      tenantID: 'acme',
      type: 'ClusterAPI',
      version: 'v1.35.4',
      clusterAPI: {
        class: { name: 'tanzukubernetescluster' },
        variables: [
          { name: 'vmClass', value: 'guaranteed-medium' },
          { name: 'storageClass', value: 'vsan-default' },
          { name: 'defaultStorageClass', value: 'vsan-default' },
        ],
      },
      controlPlane: { replicas: 3 },
      nodePools: [{ name: 'node-pool-1', class: 'node-pool', replicas: 3, labels: { tier: 'web' } }],
      clusterCIDR: '192.0.2.0/16',
      serviceCIDR: '198.51.100.0/12',
      dnsDomain: 'cluster.local',
    } satisfies Cluster['spec']);
  });
  test('gets a list of the fields without effect; for another type, its variables too', () => {
    const common = [
      'topology.controlPlane.metadata',
      'topology.workers.machineDeployments[0].failureDomain',
      'topology.workers.machineDeployments[0].variables',
    ];
    assert.deepEqual(paths(good(translateClusterAPI(topology, settings()))), common);
    assert.deepEqual(paths(good(translateClusterAPI(topology, settings({ type: 'Local' })))), [
      'topology.controlPlane.metadata',
      'topology.variables',
      ...common.slice(1),
    ]);
  });
  test('is paused if its source is', () => {
    assert.equal(
      good(translateClusterAPI({ ...topology, spec: { ...topology.spec, paused: true } }, settings())).spec.paused,
      true,
    );
  });
  test('of another class, or without one, is not a Tanzu cluster', () => {
    assert.equal(isTanzu({ ...topology, spec: {} }), false);
    assert.equal(isTanzu({ ...topology, spec: { topology: { class: 'docker', version: 'v1.35.4' } } }), false);
  });
});
