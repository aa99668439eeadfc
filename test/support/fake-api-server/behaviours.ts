/**
 * What tests rely on when they use the fake API server. Runs against the fake in the unit tests, and against a kube-apiserver
 * with our CRDs in test/integration/fake-api-server.test.ts, so the fake can't promise what the real one does not do.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Policy, policies } from '../../../api/auth/policy.ts';
import { type ConfigMap, configMaps } from '../../../api/kubernetes/core.ts';
import type { ObjectMeta } from '../../../api/object.ts';
import type { Client, Patch } from '../../../runtime/client/client.ts';
import { ApiError } from '../../../runtime/errors.ts';

const FINALIZER = 'auth.tkestack.io/behaviours';
const NAMESPACE = 'default';
/** Far below any version of a real server, and no version of an object. */
const STALE = '1';

function policy(name: string, metadata: Partial<ObjectMeta> = {}, displayName = 'first'): Policy {
  const statement = { actions: ['getPod'], resources: ['*'], effect: 'allow' as const };
  return {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Policy',
    metadata: { name, ...metadata },
    spec: { tenantID: 'acme', displayName, type: 'custom', scope: '', statement },
  };
}

function configMap(name: string, labels: Record<string, string> = {}): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE, labels }, data: { a: '1' } };
}

const condition = (type: string) => ({
  type,
  status: 'True' as const,
  reason: 'Because',
  message: '',
  lastTransitionTime: '2026-01-02T00:00:00Z',
});

/** The status code and the reason of the error with which a request fails. */
async function refusal(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => 'accepted',
    (error: unknown) => {
      if (!(error instanceof ApiError)) throw error;
      return `${error.status} ${error.reason}`;
    },
  );
}

const merge = (body: unknown, subresource?: Patch['subresource']): Patch => ({
  type: 'merge',
  body,
  ...(subresource === undefined ? {} : { subresource }),
});

function apply(clientOf: ClientOf, manager: string, body: object, more: Partial<Patch> = {}): Promise<Policy> {
  const { name } = (body as Policy).metadata;
  return clientOf(manager).patch(policies, { name }, { type: 'apply', body, ...more });
}

const statusOf = (name: string, status: object): object => ({ ...policy(name), spec: undefined, status });

/** `TYPE name` of the events, until the ConfigMap `last` is deleted. */
async function seen(clientOf: ClientOf, query: Record<string, string>, last: string): Promise<string[]> {
  const stop = new AbortController();
  const events: string[] = [];
  const timeoutSeconds = '60';
  const options = { namespace: NAMESPACE, signal: stop.signal };
  const read = async (): Promise<void> => {
    for await (const { type, object } of clientOf('w').watch(configMaps, { timeoutSeconds, ...query }, options)) {
      const { metadata } = object as ConfigMap;
      events.push(type === 'BOOKMARK' ? type : `${type} ${metadata.name}`);
      if (type === 'DELETED' && metadata.name === last) stop.abort();
    }
  };
  await assert.rejects(read(), { name: 'AbortError' });
  return events;
}

/** Returns a client that writes under this name. */
type ClientOf = (fieldManager: string) => Client;

type Behaviour = (clientOf: ClientOf) => Promise<void>;

/** By request. Each behaviour uses objects of its own, so that all can run against one server. */
export const BEHAVIOURS: Readonly<Record<string, Readonly<Record<string, Behaviour>>>> = {
  create: {
    'sets uid, version, time and generation, and drops the status': async (clientOf) => {
      const made = await clientOf('a').create(policies, { ...policy('create'), status: { phase: 'Active' } });
      assert.match(made.metadata.uid ?? '', /^[0-9a-f-]{36}$/);
      assert.ok(Number(made.metadata.resourceVersion) > 0);
      assert.match(made.metadata.creationTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.deepEqual([made.metadata.generation, made.status], [1, undefined]);
      assert.equal((await clientOf('a').get(policies, made.metadata))?.metadata.uid, made.metadata.uid);
    },
    'refuses a name that exists': async (clientOf) => {
      await clientOf('a').create(policies, policy('create-twice'));
      assert.equal(await refusal(clientOf('a').create(policies, policy('create-twice'))), '409 AlreadyExists');
    },
    'refuses an object that has a version already': async (clientOf) => {
      const wanted = policy('create-version', { resourceVersion: STALE });
      assert.match(await refusal(clientOf('a').create(policies, wanted)), /^500 /);
    },
    'sets no generation on kinds of the core group': async (clientOf) => {
      const made = await clientOf('a').create(configMaps, configMap('create-core'));
      assert.equal(made.metadata.generation, undefined);
    },
  },
  get: {
    'returns undefined for an object that does not exist': async (clientOf) => {
      assert.equal(await clientOf('a').get(policies, { name: 'absent' }), undefined);
    },
  },
  list: {
    'selects by labels, by fields and by namespace, in the order of names': async (clientOf) => {
      const client = clientOf('a');
      for (const [name, color] of Object.entries({ 'list-b': 'blue', 'list-a': 'red', 'list-c': 'green' }))
        await client.create(configMaps, configMap(name, { list: 'yes', color }));
      const names = async (labelSelector: string, namespace = NAMESPACE): Promise<string[]> =>
        (await client.list(configMaps, { labelSelector, namespace })).map(({ metadata }) => metadata.name);
      assert.deepEqual(await names('list'), ['list-a', 'list-b', 'list-c']);
      assert.deepEqual(await names('list=yes,color=red'), ['list-a']);
      assert.deepEqual(await names('list,color!=red'), ['list-b', 'list-c']);
      assert.deepEqual(await names('color in (red, blue),list'), ['list-a', 'list-b']);
      assert.deepEqual(await names('list,color notin (red)'), ['list-b', 'list-c']);
      assert.deepEqual(await names('list,!color'), []);
      assert.deepEqual(await names('list', 'kube-system'), []);
      const fieldSelector = 'metadata.name=list-b';
      const found = await client.list(configMaps, { fieldSelector, namespace: NAMESPACE });
      assert.deepEqual(
        found.map(({ metadata }) => metadata.name),
        ['list-b'],
      );
    },
    'has a version at least as new as its items': async (clientOf) => {
      const made = await clientOf('a').create(policies, policy('list-version'));
      const { resourceVersion } = await clientOf('a').listWithVersion(policies);
      assert.ok(Number(resourceVersion) >= Number(made.metadata.resourceVersion));
    },
  },
  update: {
    'replaces everything but the status, and raises the generation with the spec': async (clientOf) => {
      const client = clientOf('a');
      const made = await client.create(policies, policy('update'));
      const labelled = await client.update(policies, { ...made, metadata: { ...made.metadata, labels: { a: 'b' } } });
      assert.deepEqual([labelled.metadata.labels, labelled.metadata.generation], [{ a: 'b' }, 1]);
      const spec = { ...made.spec, displayName: 'second' };
      const changed = await client.update(policies, { ...labelled, spec, status: { phase: 'Active' } });
      assert.deepEqual(
        [changed.spec.displayName, changed.metadata.generation, changed.status],
        ['second', 2, undefined],
      );
      assert.ok(Number(changed.metadata.resourceVersion) > Number(made.metadata.resourceVersion));
    },
    'keeps the version when nothing changes': async (clientOf) => {
      const made = await clientOf('a').create(policies, policy('update-same'));
      const again = await clientOf('a').update(policies, made);
      assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
    },
    'refuses a stale version, another uid, no version, and an object that does not exist': async (clientOf) => {
      const client = clientOf('a');
      const made = await client.create(policies, policy('update-refused'));
      const withMeta = (metadata: Partial<ObjectMeta>): Policy => ({
        ...made,
        metadata: { ...made.metadata, ...metadata },
      });
      assert.equal(await refusal(client.update(policies, withMeta({ resourceVersion: STALE }))), '409 Conflict');
      assert.equal(await refusal(client.update(policies, withMeta({ uid: 'another' }))), '409 Conflict');
      assert.equal(await refusal(client.update(policies, withMeta({ resourceVersion: undefined }))), '422 Invalid');
      assert.equal(await refusal(client.update(policies, withMeta({ name: 'absent' }))), '404 NotFound');
    },
    'of the core group needs no version': async (clientOf) => {
      await clientOf('a').create(configMaps, configMap('update-core'));
      const { data } = await clientOf('a').update(configMaps, { ...configMap('update-core'), data: { b: '2' } });
      assert.deepEqual(data, { b: '2' });
    },
  },
  'merge patch': {
    'merges objects, replaces lists, and removes what is null': async (clientOf) => {
      const client = clientOf('a');
      await client.create(policies, policy('merge', { labels: { a: '1', b: '2' } }));
      const body = { metadata: { labels: { a: null, c: '3' } }, spec: { statement: { actions: ['listPods'] } } };
      const { metadata, spec } = await client.patch(policies, { name: 'merge' }, merge(body));
      assert.deepEqual([metadata.labels, metadata.generation], [{ b: '2', c: '3' }, 2]);
      assert.deepEqual(spec.statement, { actions: ['listPods'], resources: ['*'], effect: 'allow' });
    },
    'writes the status through its subresource alone, and nothing else through that': async (clientOf) => {
      const client = clientOf('a');
      await client.create(policies, policy('merge-status'));
      const body = { metadata: { labels: { a: 'b' } }, spec: { displayName: 'other' }, status: { phase: 'Active' } };
      const main = await client.patch(policies, { name: 'merge-status' }, merge({ status: body.status }));
      assert.equal(main.status, undefined);
      const { metadata, spec, status } = await client.patch(policies, { name: 'merge-status' }, merge(body, 'status'));
      assert.deepEqual(
        [metadata.labels, metadata.generation, spec.displayName, status],
        [undefined, 1, 'first', { phase: 'Active' }],
      );
    },
    'keeps the version when nothing changes': async (clientOf) => {
      const made = await clientOf('a').create(policies, policy('merge-same'));
      const again = await clientOf('a').patch(policies, made.metadata, merge({ spec: { displayName: 'first' } }));
      assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
    },
    'refuses another uid, a stale version, and an object that does not exist': async (clientOf) => {
      const { metadata } = await clientOf('a').create(policies, policy('merge-refused'));
      const another = merge({ metadata: { uid: 'another', labels: { a: 'b' } } });
      assert.equal(await refusal(clientOf('a').patch(policies, metadata, another)), '422 Invalid');
      const stale = merge({ metadata: { resourceVersion: STALE, labels: { a: 'b' } } });
      assert.equal(await refusal(clientOf('a').patch(policies, metadata, stale)), '409 Conflict');
      const staleStatus = merge({ metadata: { resourceVersion: STALE }, status: { phase: 'Active' } }, 'status');
      assert.equal(await refusal(clientOf('a').patch(policies, metadata, staleStatus)), '409 Conflict');
      assert.equal(await refusal(clientOf('a').patch(policies, { name: 'absent' }, merge({}))), '404 NotFound');
    },
  },
  delete: {
    'removes the object; deleting it again is fine': async (clientOf) => {
      const { metadata } = await clientOf('a').create(policies, policy('delete'));
      await clientOf('a').delete(policies, metadata);
      await clientOf('a').delete(policies, metadata);
      assert.equal(await clientOf('a').get(policies, metadata), undefined);
    },
    'refuses another uid and a stale version': async (clientOf) => {
      const { metadata } = await clientOf('a').create(policies, policy('delete-refused'));
      assert.equal(await refusal(clientOf('a').delete(policies, metadata, { uid: 'another' })), '409 Conflict');
      assert.equal(await refusal(clientOf('a').delete(policies, metadata, { resourceVersion: STALE })), '409 Conflict');
      const { uid = '', resourceVersion = '' } = metadata;
      await clientOf('a').delete(policies, metadata, { uid, resourceVersion });
    },
    'waits for the finalizers, refuses new ones, and removes the object with the last one': async (clientOf) => {
      const client = clientOf('a');
      const { metadata } = await client.create(policies, policy('delete-finalizer', { finalizers: [FINALIZER] }));
      await client.delete(policies, metadata);
      const deleting = await client.get(policies, metadata);
      assert.match(deleting?.metadata.deletionTimestamp ?? '', /Z$/);
      assert.equal(deleting?.metadata.generation, 2);
      await client.delete(policies, metadata);
      assert.equal((await client.get(policies, metadata))?.metadata.resourceVersion, deleting.metadata.resourceVersion);
      const finalizersAre = (finalizers: string[]): Promise<Policy> =>
        client.patch(policies, metadata, { type: 'merge', body: { metadata: { finalizers } } });
      assert.equal(await refusal(finalizersAre([FINALIZER, `${FINALIZER}-2`])), '422 Invalid');
      await finalizersAre([]);
      assert.equal(await client.get(policies, metadata), undefined);
    },
  },
  apply: {
    'creates an object, keeps its version when applied again, and removes a field that is no longer applied': async (
      clientOf,
    ) => {
      const made = await apply(clientOf, 'a', policy('apply', { labels: { a: '1', b: '2' } }));
      assert.equal(made.metadata.generation, 1);
      const again = await apply(clientOf, 'a', policy('apply', { labels: { a: '1', b: '2' } }));
      assert.equal(again.metadata.resourceVersion, made.metadata.resourceVersion);
      const { metadata } = await apply(clientOf, 'a', policy('apply', { labels: { b: '2' } }));
      assert.deepEqual(metadata.labels, { b: '2' });
    },
    'leaves the fields of other managers, however they wrote them': async (clientOf) => {
      await apply(clientOf, 'a', policy('apply-others', { labels: { a: '1' } }));
      await clientOf('b').patch(
        policies,
        { name: 'apply-others' },
        { type: 'merge', body: { metadata: { labels: { b: '2' } } } },
      );
      const { metadata } = await apply(clientOf, 'a', policy('apply-others', { labels: { c: '3' } }));
      assert.deepEqual(metadata.labels, { b: '2', c: '3' });
    },
    'refuses to change a field of another manager, unless forced; then the field changes hands': async (clientOf) => {
      await apply(clientOf, 'a', policy('apply-conflict'));
      const wanted = policy('apply-conflict', {}, 'second');
      assert.equal(await refusal(apply(clientOf, 'b', wanted)), '409 Conflict');
      assert.equal((await apply(clientOf, 'b', wanted, { force: true })).spec.displayName, 'second');
      assert.equal(await refusal(apply(clientOf, 'a', policy('apply-conflict', {}, 'third'))), '409 Conflict');
    },
    'refuses to change a field that another manager merged': async (clientOf) => {
      await apply(clientOf, 'a', policy('apply-merged'));
      const body = { spec: { displayName: 'second' } };
      await clientOf('b').patch(policies, { name: 'apply-merged' }, { type: 'merge', body });
      assert.equal(await refusal(apply(clientOf, 'a', policy('apply-merged'))), '409 Conflict');
    },
    'merges conditions by type, so that two managers keep one each': async (clientOf) => {
      await clientOf('a').create(policies, policy('apply-status'));
      const status = { subresource: 'status', force: true } as const;
      await apply(clientOf, 'a', statusOf('apply-status', { conditions: [condition('A')] }), status);
      await apply(clientOf, 'b', statusOf('apply-status', { conditions: [condition('B'), condition('C')] }), status);
      const both = await apply(clientOf, 'b', statusOf('apply-status', { conditions: [condition('B')] }), status);
      assert.deepEqual(
        both.status?.conditions?.map(({ type }) => type),
        ['A', 'B'],
      );
      assert.equal(both.metadata.generation, 1);
    },
    'creates nothing for a status, or for the uid of an object that is gone': async (clientOf) => {
      assert.equal(
        await refusal(apply(clientOf, 'a', statusOf('absent', {}), { subresource: 'status' })),
        '404 NotFound',
      );
      const uid = '00000000-0000-0000-0000-000000000000';
      assert.equal(await refusal(apply(clientOf, 'a', policy('absent', { uid }))), '409 Conflict');
    },
    'refuses the uid of the object that had the name before': async (clientOf) => {
      await clientOf('a').create(policies, policy('apply-uid'));
      const uid = '00000000-0000-0000-0000-000000000000';
      const force = { force: true } as const;
      assert.equal(await refusal(apply(clientOf, 'a', policy('apply-uid', { uid }), force)), '422 Invalid');
      // Not so for a status: there, the server takes over no metadata and does not look at it, the version aside.
      const body = { ...statusOf('apply-uid', { phase: 'Active' }), metadata: { name: 'apply-uid', uid } };
      assert.equal(await refusal(apply(clientOf, 'a', body, { ...force, subresource: 'status' })), 'accepted');
    },
  },
  watch: {
    'sends every change after a version, in order, and fails when it is aborted': async (clientOf) => {
      const client = clientOf('a');
      const { resourceVersion } = await client.listWithVersion(configMaps, { namespace: NAMESPACE });
      const events = seen(clientOf, { resourceVersion, labelSelector: 'watch=changes' }, 'watch-b');
      const labels = { watch: 'changes' };
      await client.create(configMaps, configMap('watch-a', labels));
      await client.create(configMaps, configMap('watch-other', {}));
      await client.create(configMaps, configMap('watch-b', labels));
      await client.patch(configMaps, configMap('watch-a').metadata, { type: 'merge', body: { data: { a: '2' } } });
      const unlabelled = { metadata: { labels: { watch: null } } };
      await client.patch(configMaps, configMap('watch-a').metadata, { type: 'merge', body: unlabelled });
      await client.delete(configMaps, configMap('watch-b').metadata);
      assert.deepEqual(await events, [
        'ADDED watch-a',
        'ADDED watch-b',
        'MODIFIED watch-a',
        'DELETED watch-a',
        'DELETED watch-b',
      ]);
    },
    'sends the present state first where asked for it, with a bookmark at its end': async (clientOf) => {
      const client = clientOf('a');
      const labels = { watch: 'initial' };
      await client.create(configMaps, configMap('watch-present', labels));
      const query = {
        labelSelector: 'watch=initial',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
      };
      const events = seen(clientOf, query, 'watch-present');
      await sleep(200);
      await client.delete(configMaps, configMap('watch-present').metadata);
      assert.deepEqual(await events, ['ADDED watch-present', 'BOOKMARK', 'DELETED watch-present']);
    },
  },
};
