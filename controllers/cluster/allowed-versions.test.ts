import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configMaps } from '../../api/kubernetes/core.ts';
import type { Client } from '../../runtime/client/client.ts';
import { FakeApiServer } from '../../test/support/fake-api-server/fake-api-server.ts';
import { allowedVersions } from './allowed-versions.ts';

const CLUSTER_INFO = { name: 'cluster-info', namespace: 'kube-public' };

/** A hub with that data in the ConfigMap; without a ConfigMap if undefined. */
function hubWith(data?: Readonly<Record<string, string>>): FakeApiServer {
  const hub = new FakeApiServer();
  if (data !== undefined) hub.seed(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: CLUSTER_INFO, data });
  return hub;
}

describe('the versions that cluster-info allows', () => {
  const cases: Record<
    string,
    { readonly data?: Readonly<Record<string, string>>; readonly allowed: readonly string[] | undefined }
  > = {
    'are those of its list, in the format of the original': {
      data: { k8sValidVersions: '["1.21.4-tke.1","1.20.4-tke.1"]' },
      allowed: ['1.21.4-tke.1', '1.20.4-tke.1'],
    },
    'are all without the ConfigMap': { allowed: undefined },
    'are all if the ConfigMap has no list, as that of kubeadm': {
      data: { kubeconfig: 'apiVersion: v1' },
      allowed: undefined,
    },
    'are none if the list is empty': { data: { k8sValidVersions: '[]' }, allowed: [] },
    'are none if it is not JSON': { data: { k8sValidVersions: '1.21.4, 1.20.4' }, allowed: [] },
    'are none if the value is empty': { data: { k8sValidVersions: '' }, allowed: [] },
    'are none if it is not a list': { data: { k8sValidVersions: '{"1.21.4":true}' }, allowed: [] },
    'are none if an entry is not a string': { data: { k8sValidVersions: '["1.21.4",1.2]' }, allowed: [] },
  };
  for (const [what, { data, allowed }] of Object.entries(cases)) {
    test(what, async () => {
      assert.deepEqual(await allowedVersions(hubWith(data).client(), () => 0)(), allowed);
    });
  }

  test('are read again only after some seconds', async () => {
    const hub = hubWith({ k8sValidVersions: '["1.35.1"]' });
    let nowMs = 0;
    const allowed = allowedVersions(hub.client(), () => nowMs);
    await allowed();
    const data = { k8sValidVersions: '["1.36.3"]' };
    hub.seed(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: CLUSTER_INFO, data });
    nowMs = 14_999;
    assert.deepEqual(await allowed(), ['1.35.1']);
    nowMs = 15_000;
    assert.deepEqual(await allowed(), ['1.36.3']);
    assert.equal(hub.requests.length, 2);
  });

  test('are not known while the hub does not answer', async () => {
    const client: Pick<Client, 'get'> = { get: () => Promise.reject(new Error('no answer')) };
    await assert.rejects(allowedVersions(client, () => 0)());
  });
});
