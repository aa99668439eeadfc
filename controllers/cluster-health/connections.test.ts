import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { Credential, CredentialProblem } from '../../clusters/connections/credential.ts';
import { Connections, hasNoCredential } from './connections.ts';

const MINUTE = 60_000;

let now: number;
let reads: number;
let hub: { token: string } | CredentialProblem | Error;
let open: Set<string>;
let connections: Connections;

beforeEach(() => {
  [now, reads, hub, open] = [0, 0, { token: 'one' }, new Set<string>()];
  connections = new Connections({
    now: () => now,
    random: () => 0.5,
    read: () => {
      reads += 1;
      if (hub instanceof Error) return Promise.reject(hub);
      return Promise.resolve('reason' in hub ? hub : ({ server: 'https://member', token: hub.token } as Credential));
    },
    open: ({ token = '' }) => {
      open.add(token);
      return {
        get: () => Promise.reject(new Error('not asked here')),
        close: () => Promise.resolve(void open.delete(token)),
      };
    },
  });
});

function cluster(secret = 'secret', uid = 'uid-1'): Cluster {
  return {
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'Cluster',
    metadata: { name: 'one', uid },
    spec: { tenantID: 'acme', type: 'Imported', kubeconfigSecret: secret },
  };
}

describe('a credential', () => {
  test('is read once for many probes, and the connection stays open', async () => {
    const first = await connections.of(cluster());
    for (let i = 1; i < 19; i++) {
      now = (i * MINUTE) / 2;
      assert.equal(await connections.of(cluster()), first);
    }
    assert.equal(reads, 1);
  });
  test('is read again after ten minutes; if it is the same, the connection stays open', async () => {
    const first = await connections.of(cluster());
    now = 10 * MINUTE;
    assert.equal(await connections.of(cluster()), first);
    assert.deepEqual([reads, [...open]], [2, ['one']]);
  });
  test('that was renewed is used from the first probe after a failed one; the old connection is closed', async () => {
    const first = await connections.of(cluster());
    now = 5 * MINUTE;
    hub = { token: 'two' };
    assert.equal(await connections.of(cluster()), first);
    connections.suspect('uid-1');
    assert.notEqual(await connections.of(cluster()), first);
    assert.deepEqual([...open], ['two']);
  });
  test('is read with at most every other probe while all probes fail', async () => {
    for (now = 0; now < 10 * MINUTE; now += MINUTE / 2) {
      await connections.of(cluster());
      connections.suspect('uid-1');
    }
    assert.equal(reads, 11);
  });
  test('is not read more often for a flapping cluster', async () => {
    for (now = 0; now < 10 * MINUTE; now += MINUTE / 2) {
      await connections.of(cluster());
      if (now % MINUTE === 0) connections.suspect('uid-1');
    }
    assert.equal(reads, 11);
  });
  test('is read at once when the Cluster names another one', async () => {
    await connections.of(cluster());
    await connections.of(cluster('other'));
    assert.equal(reads, 2);
  });
  test('that is kept stays in use while the hub does not answer', async () => {
    const first = await connections.of(cluster());
    hub = new Error('the hub is down');
    now = 30 * MINUTE;
    assert.equal(await connections.of(cluster()), first);
    await assert.rejects(connections.of(cluster('other')));
  });
  test('that is invalid gives no connection, and closes the old one', async () => {
    await connections.of(cluster());
    hub = { reason: 'SecretNotFound', message: 'there is none' };
    now = 11 * MINUTE;
    assert.ok(hasNoCredential(await connections.of(cluster())));
    assert.deepEqual([...open], []);
  });
});

test('forgetting a cluster closes its connection, and closing closes all', async () => {
  await connections.of(cluster());
  await connections.forget('uid-1');
  assert.deepEqual([...open], []);
  await connections.of(cluster('secret', 'uid-2'));
  hub = { token: 'two' };
  await connections.of(cluster('secret', 'uid-3'));
  await connections.close();
  assert.deepEqual([...open], []);
});
