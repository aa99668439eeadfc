/**
 * A reconciliation with stale caches, with replicas that are behind, and with an API server that refuses writes. The API
 * server is a stub that logs requests; the test fills the caches and moves the replicas. test/integration covers the same
 * on a real API server.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Grant, grants } from '../../api/auth/grant.ts';
import { type Policy, policies } from '../../api/auth/policy.ts';
import type { Rule } from '../../api/auth/rule.ts';
import type { KubeObject, ObjectRef, Resource } from '../../api/object.ts';
import type { RuleLine } from '../../authorization/rules/line.ts';
import { ownerOf, ruleObject } from '../../authorization/rules/rule-object.ts';
import type { Change } from '../../runtime/cache/informer.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import type { Client, Patch } from '../../runtime/client/client.ts';
import { ApiError, WaitingError } from '../../runtime/errors.ts';
import { BoundedWrites } from '../../runtime/loop/bounded-writes.ts';
import { EventRecorder } from '../../runtime/loop/events.ts';
import { gatherGrant } from '../grant/gather.ts';
import { translateGrant } from '../grant/translate.ts';
import { gatherPolicy } from '../policy/gather.ts';
import { translatePolicy } from '../policy/translate.ts';
import { BY_OWNER, OwnRules } from './own-rules.ts';
import { type OwnerStatus, ownerKey, type RuleOwner, type Stores } from './owner.ts';
import { reconcileOwner } from './reconcile.ts';
import { Targets } from './targets.ts';
import { type OwnerTools, RULES_FINALIZER } from './tools.ts';

const grantOwner: RuleOwner<Grant> = {
  resource: grants,
  references: [],
  translate: (grant, stores) => translateGrant(gatherGrant(grant, stores)),
};
const policyOwner: RuleOwner<Policy> = {
  resource: policies,
  references: [],
  translate: (policy) => translatePolicy(gatherPolicy(policy)),
  nodeName: ({ metadata }) => metadata.name,
};

const NOW = Date.parse('2026-11-27T12:00:00Z');
const ANN: RuleLine = { ptype: 'g', member: 'acme##user##ann', of: 'pol-pods', domain: '*' };

function grant(metadata: Partial<Grant['metadata']> = {}, users = ['ann'], status?: Grant['status']): Grant {
  return {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Grant',
    metadata: { name: 'gnt-a', uid: 'g', generation: 1, finalizers: [RULES_FINALIZER], ...metadata },
    spec: { tenantID: 'acme', scope: 'platform', policies: ['pol-pods'], users: users.map((id) => ({ id })) },
    status,
  };
}

function policy(tenantID: string, uid: string, metadata: Partial<Policy['metadata']> = {}): Policy {
  return {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Policy',
    metadata: { name: 'pol-pods', uid, generation: 1, finalizers: [RULES_FINALIZER], ...metadata },
    spec: {
      tenantID,
      type: 'custom',
      scope: '',
      statement: { actions: ['getPod'], resources: ['*'], effect: 'allow' },
    },
  };
}

/** A Rule of the grant as the API server returns it. */
function held(line: RuleLine, version: number): Rule {
  const rule = ruleObject({ kind: 'Grant', name: 'gnt-a', uid: 'g' }, line);
  return {
    ...rule,
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Rule',
    metadata: { ...rule.metadata, uid: `uid-${version}`, resourceVersion: String(version) },
  };
}

class StubHub {
  /** The objects that the API server would return, by `plural/name`. */
  readonly live = new Map<string, KubeObject>();
  readonly requests: string[] = [];
  /** The bodies of the status patches. */
  readonly statuses: OwnerStatus[] = [];
  /** If set, the API server answers every request of that verb with this error. */
  refusal: { readonly verb: string; readonly error: ApiError } | undefined;
  readonly grants = new IndexedStore<Grant>();
  readonly policies = new IndexedStore<Policy>();
  readonly rules = new IndexedStore<Rule>({
    [BY_OWNER]: (rule) => [ownerKey(ownerOf(rule) ?? { kind: '', name: '' })],
  });
  version = 10;
  /** The version that every replica has reached. */
  seen = 10;
  lists: Rule[] = [];
  readonly ownRules: OwnRules;
  readonly tools: OwnerTools;
  #tell: (change: Change<Rule>) => void = () => {};

  constructor() {
    this.ownRules = new OwnRules(this.#cache());
    const stores = new Map<Resource, unknown>([
      [grants, this.grants],
      [policies, this.policies],
    ]);
    // Each store is kept under the resource that carries the type of its objects.
    const caches: Stores = {
      of: <T extends KubeObject>(resource: Resource<T>) =>
        (stores.get(resource) ?? new IndexedStore<T>()) as IndexedStore<T>,
    };
    const client = this.#client();
    this.tools = {
      client,
      stores: caches,
      ownRules: this.ownRules,
      targets: new Targets(client, caches),
      writes: new BoundedWrites(4),
      now: () => NOW,
      effectOf: () => 'allow',
      events: new EventRecorder(
        { create: (_resource, object) => Promise.resolve(object) },
        {
          component: 'test',
          instance: 'test',
          log: {
            debug() {},
            info() {},
            error() {},
            child() {
              return this;
            },
          },
        },
      ),
      replicas: { behind: (version) => Promise.resolve(version > this.seen ? ['replica'] : []) },
    };
  }

  #cache(): ConstructorParameters<typeof OwnRules>[0] {
    const versionOf = (): number => this.version;
    return {
      store: this.rules,
      onChange: (handler) => (this.#tell = handler),
      get version() {
        return versionOf();
      },
    };
  }

  /** The watch delivers that a Rule was deleted. */
  deliverRemoval(rule: Rule, version: number): void {
    this.version = version;
    this.rules.delete(rule.metadata.name);
    this.#tell({ type: 'deleted', object: rule, old: rule });
  }

  #client(): Client {
    const asked = (verb: string, { plural }: Resource, subresource = ''): void =>
      void this.requests.push(`${verb} ${plural}${subresource}`);
    const answers = {
      get: (resource: Resource, { name }: ObjectRef) => {
        asked('get', resource);
        return Promise.resolve(this.live.get(`${resource.plural}/${name}`));
      },
      list: (resource: Resource) => {
        asked('list', resource);
        return Promise.resolve(this.lists);
      },
      create: (resource: Resource, object: KubeObject) => {
        asked('create', resource);
        if (this.refusal?.verb === 'create') return Promise.reject(this.refusal.error);
        this.version += 1;
        const created = {
          ...object,
          metadata: { ...object.metadata, uid: `uid-${this.version}`, resourceVersion: String(this.version) },
        };
        // A reconciliation creates nothing but Rules.
        this.rules.set(object.metadata.name, created as Rule);
        return Promise.resolve(created);
      },
      patch: (resource: Resource, _ref: ObjectRef, patch: Patch) => {
        asked('patch', resource, patch.subresource === undefined ? '' : `/${patch.subresource}`);
        if (patch.subresource === 'status') this.statuses.push((patch.body as { status: OwnerStatus }).status);
        return Promise.resolve({});
      },
      delete: (resource: Resource) => {
        asked('delete', resource);
        if (this.refusal?.verb === 'delete') return Promise.reject(this.refusal.error);
        return Promise.resolve();
      },
    };
    // Only the requests of a reconciliation.
    return answers as unknown as Client;
  }
}

const waits =
  (reason: string) =>
  (error: unknown): boolean =>
    error instanceof WaitingError && error.reason === reason;

/** A hub whose replicas have once acknowledged everything, so that no change of an earlier process is suspected. */
function settled(): StubHub {
  const hub = new StubHub();
  hub.ownRules.restrictions.begin();
  hub.ownRules.restrictions.suspect('Grant/other');
  const restriction = hub.ownRules.restrictions.of('Grant/other');
  assert.ok(restriction !== undefined && hub.ownRules.restrictions.acknowledge('Grant/other', restriction));
  return hub;
}

describe('a revocation is not reported as done before every replica has applied it', () => {
  test('when a user deletes the Rule, and then its grant', async () => {
    const hub = settled();
    const rule = held(ANN, 8);
    hub.rules.set(rule.metadata.name, rule);
    hub.deliverRemoval(rule, 12);
    hub.grants.set('gnt-a', grant({ deletionTimestamp: '2026-11-27T11:59:59Z' }));
    await assert.rejects(reconcileOwner(grantOwner, 'gnt-a', hub.tools), waits('Propagating'));
    assert.deepEqual(hub.requests, []);
    hub.seen = 12;
    await reconcileOwner(grantOwner, 'gnt-a', hub.tools);
    assert.deepEqual(hub.requests, ['patch grants']);
  });

  test('when the policy of a grant is deleted, and the process that removed the Rules dies', async () => {
    const hub = new StubHub();
    const status: Grant['status'] = {
      observedGeneration: 1,
      rules: 1,
      phase: 'Active',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Translated',
          message: '',
          lastTransitionTime: '2026-11-27T00:00:00Z',
          observedGeneration: 1,
        },
      ],
    };
    hub.grants.set('gnt-a', grant({}, ['ann'], status));
    hub.seen = 9;
    hub.ownRules.restrictions.begin();
    await assert.rejects(reconcileOwner(grantOwner, 'gnt-a', hub.tools), waits('Propagating'));
    assert.deepEqual(hub.requests, []);
    hub.seen = 10;
    await reconcileOwner(grantOwner, 'gnt-a', hub.tools);
    assert.deepEqual(hub.requests, ['patch grants/status']);
  });
});

describe('an edge to a policy', () => {
  test('is not written when another tenant has recreated the policy and the watch is silent', async () => {
    const hub = settled();
    hub.policies.set('pol-pods', policy('acme', 'old'));
    hub.live.set('policies/pol-pods', policy('other', 'new'));
    hub.grants.set('gnt-a', grant());
    await assert.rejects(reconcileOwner(grantOwner, 'gnt-a', hub.tools), waits('ReferenceChanged'));
    assert.deepEqual(hub.requests, ['get policies', 'patch grants/status']);
  });

  for (const [what, live] of Object.entries({
    'is being deleted': policy('acme', 'old', { deletionTimestamp: '2026-11-27T11:59:59Z' }),
    'is deleted': undefined,
  })) {
    test(`is not written when the policy ${what}`, async () => {
      const hub = settled();
      hub.policies.set('pol-pods', policy('acme', 'old'));
      if (live !== undefined) hub.live.set('policies/pol-pods', live);
      hub.grants.set('gnt-a', grant());
      await assert.rejects(reconcileOwner(grantOwner, 'gnt-a', hub.tools), waits('ReferenceChanged'));
      assert.ok(!hub.requests.includes('create rules'));
    });
  }

  test('costs one request for all edges that are written at once, and none when they exist', async () => {
    const hub = settled();
    const many = Array.from({ length: 100 }, (_, i) => `user-${i}`);
    hub.policies.set('pol-pods', policy('acme', 'same'));
    hub.live.set('policies/pol-pods', policy('acme', 'same'));
    hub.grants.set('gnt-a', grant({}, many));
    await reconcileOwner(grantOwner, 'gnt-a', hub.tools);
    assert.equal(hub.requests.filter((request) => request === 'get policies').length, 1);
    assert.equal(hub.requests.filter((request) => request === 'create rules').length, 100);
    hub.requests.length = 0;
    await reconcileOwner(grantOwner, 'gnt-a', hub.tools);
    assert.deepEqual(
      hub.requests.filter((request) => request !== 'patch grants/status'),
      [],
    );
  });
});

describe('a refusal of the API server', () => {
  const forbidden = new ApiError(403, 'Forbidden', 'rules is forbidden');
  const isForbidden = (error: unknown): boolean => error === forbidden;
  const readyOf = ({ statuses }: StubHub): (string | undefined)[] =>
    statuses.map(({ conditions }) => conditions?.find(({ type }) => type === 'Ready')?.reason);

  test('to create a Rule is reported in the status and retried', async () => {
    const hub = settled();
    hub.policies.set('pol-pods', policy('acme', 'same'));
    hub.live.set('policies/pol-pods', policy('acme', 'same'));
    hub.grants.set('gnt-a', grant());
    hub.refusal = { verb: 'create', error: forbidden };
    await assert.rejects(reconcileOwner(grantOwner, 'gnt-a', hub.tools), isForbidden);
    assert.deepEqual(hub.requests, ['get policies', 'create rules', 'patch grants/status']);
    assert.deepEqual(readyOf(hub), ['WriteFailed']);
  });

  test('to delete a Rule of a deleted object is reported too, and the finalizer stays', async () => {
    const hub = settled();
    const rule = held(ANN, 8);
    hub.rules.set(rule.metadata.name, rule);
    hub.grants.set('gnt-a', grant({ deletionTimestamp: '2026-11-27T11:59:59Z' }));
    hub.refusal = { verb: 'delete', error: forbidden };
    await assert.rejects(reconcileOwner(grantOwner, 'gnt-a', hub.tools), isForbidden);
    assert.deepEqual(hub.requests, ['delete rules', 'patch grants/status']);
    assert.deepEqual(readyOf(hub), ['WriteFailed']);
    assert.equal(hub.statuses[0]?.phase, 'Terminating');
  });

  test('that passes by itself is retried without a change of the status', async () => {
    for (const error of [new ApiError(429, 'TooManyRequests', 'slow down'), new ApiError(409, 'Conflict', 'changed')]) {
      const hub = settled();
      hub.policies.set('pol-pods', policy('acme', 'same'));
      hub.live.set('policies/pol-pods', policy('acme', 'same'));
      hub.grants.set('gnt-a', grant());
      hub.refusal = { verb: 'create', error };
      await assert.rejects(reconcileOwner(grantOwner, 'gnt-a', hub.tools), (thrown) => thrown === error);
      assert.deepEqual(hub.statuses, []);
    }
  });
});

test('a deleted policy that is still bound is checked at growing intervals', async () => {
  const retryAfter = async (deletedAgoMs: number): Promise<number | undefined> => {
    const hub = settled();
    hub.lists = [held(ANN, 8)];
    hub.policies.set(
      'pol-pods',
      policy('acme', 'p', { deletionTimestamp: new Date(NOW - deletedAgoMs).toISOString() }),
    );
    const error: unknown = await reconcileOwner(policyOwner, 'pol-pods', hub.tools).catch((caught: unknown) => caught);
    assert.ok(error instanceof WaitingError);
    return error.retryAfterMs;
  };
  assert.deepEqual(
    await Promise.all([0, 4_000, 20_000, 600_000, -5_000].map(retryAfter)),
    [1_000, 2_000, 10_000, 30_000, 1_000],
  );
});
