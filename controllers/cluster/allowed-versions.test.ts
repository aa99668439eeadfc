/** The hub is a stub with one ConfigMap or none. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConfigMap } from '../../api/kubernetes/core.ts';
import type { KubeObject, ObjectRef, Resource } from '../../api/object.ts';
import type { Client } from '../../runtime/client/client.ts';
import { allowedVersions } from './allowed-versions.ts';

class Hub {
  readonly asked: string[] = [];
  data: Readonly<Record<string, string>> | undefined;

  constructor(data?: Readonly<Record<string, string>>) {
    this.data = data;
  }

  readonly client: Pick<Client, 'get'> = {
    get: <T extends KubeObject>({ kind }: Resource<T>, { name, namespace = '' }: ObjectRef): Promise<T | undefined> => {
      this.asked.push(`${kind} ${namespace}/${name}`);
      const map: ConfigMap | undefined =
        this.data === undefined
          ? undefined
          : { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: this.data };
      return Promise.resolve(map as KubeObject as T | undefined);
    },
  };
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
      const hub = new Hub(data);
      assert.deepEqual(await allowedVersions(hub.client, () => 0)(), allowed);
      assert.deepEqual(hub.asked, ['ConfigMap kube-public/cluster-info']);
    });
  }

  test('are read again only after some seconds', async () => {
    const hub = new Hub({ k8sValidVersions: '["1.35.1"]' });
    let nowMs = 0;
    const allowed = allowedVersions(hub.client, () => nowMs);
    await allowed();
    hub.data = { k8sValidVersions: '["1.36.3"]' };
    nowMs = 14_999;
    assert.deepEqual(await allowed(), ['1.35.1']);
    nowMs = 15_000;
    assert.deepEqual(await allowed(), ['1.36.3']);
    assert.equal(hub.asked.length, 2);
  });

  test('are not known while the hub does not answer', async () => {
    const client: Pick<Client, 'get'> = { get: () => Promise.reject(new Error('no answer')) };
    await assert.rejects(allowedVersions(client, () => 0)());
  });
});
