/**
 * Names that pretend to be other names: with separators, commas, line breaks, stars and look-alike characters. They
 * take the usual way through the schemas of the kinds and the translators, but not through the CEL rules with which a
 * kube-apiserver would reject many of them. Property: the decisions for the users of tenant acme are the same with and
 * without them.
 *
 * Names of objects are valid for a kube-apiserver (lower-case letters, digits, `-` and `.`). All kinds allow the same
 * names, so the attack there is to have the name of an object of another kind.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../../api/object.ts';
import { type World, worldOf } from '../support/manifest-world.ts';

function object(kind: string, name: string, spec: object): KubeObject & { readonly spec: object } {
  return { apiVersion: 'auth.tkestack.io/v1', kind, metadata: { name }, spec };
}

const policy = (name: string, effect: 'allow' | 'deny', action: string, tenantID = 'acme'): KubeObject =>
  object('Policy', name, { tenantID, statement: { actions: [action], resources: ['*'], effect } });
const holds = (policies: string[], roles: string[], who: object): object => ({
  tenantID: 'acme',
  scope: 'platform',
  policies,
  roles,
  ...who,
});

/**
 * bob may get through a group and list, but a deny blocks delete. ann may delete through a role. Everyone may list.
 */
const ACME: readonly KubeObject[] = [
  policy('pol-read', 'allow', 'get*'),
  policy('pol-list', 'allow', 'list*'),
  policy('pol-delete', 'allow', 'delete*'),
  policy('pol-keep', 'deny', 'delete*'),
  object('Role', 'rol-ops', { tenantID: 'acme', policies: ['pol-delete'], users: [{ id: 'ann' }] }),
  object('Group', 'devs', { tenantID: 'acme', users: [{ id: 'bob' }] }),
  object('Grant', 'gnt-1', holds(['pol-read'], [], { groups: [{ id: 'devs' }] })),
  object('Grant', 'gnt-2', holds(['pol-delete'], [], { users: [{ id: 'bob' }] })),
  object('Grant', 'gnt-3', holds(['pol-keep'], [], { users: [{ id: 'bob' }] })),
  object('Grant', 'gnt-4', holds(['pol-list'], [], { users: [{ id: '*' }] })),
];

const VERBS = ['get', 'list', 'delete', 'create'];

function verdicts(world: World, user: string, groups: readonly string[] = [], tenant = 'acme'): string {
  const resource = { group: '', resource: 'pods', subresource: '', namespace: 'dev' };
  const ask = (verb: string): string =>
    world.ask({
      user,
      groups,
      extra: { tenantid: [tenant] },
      resource: { ...resource, verb, name: verb === 'list' ? '' : 'web' },
    }).verdict;
  return VERBS.map(ask).join(' ');
}

/** A user and their groups. */
const USERS: readonly (readonly [string, ...string[]])[] = [
  ['bob'],
  ['ann'],
  ['nobody'],
  ['nobody', 'devs'],
  ['bob', 'devs', 'more'],
];
const rightsOfAcme = (world: World): string[] => USERS.map(([user, ...groups]) => verdicts(world, user, groups));

test('without hostile names the users of acme have the described rights (control)', () => {
  assert.deepEqual(rightsOfAcme(worldOf(ACME, 0)), [
    'allow allow deny none',
    'none allow allow none',
    'none allow none none',
    'allow allow none none',
    'allow allow deny none',
  ]);
});

/** Disguises of a name of acme. */
const around: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => `${name}##`,
  (name) => `##${name}`,
  (name) => `acme##user##${name}`,
  (name) => `acme##group##${name}`,
  (name) => `x##user##${name}`,
  (name) => `${name}##user##bob`,
  (name) => `user##${name}`,
  (name) => `${name},`,
  (name) => `${name}, pol-delete, *`,
  (name) => `${name}\ng, acme##user##bob, pol-delete, *`,
  (name) => `${name}\r`,
  (name) => `${name}\0`,
  (name) => `${name} `,
  (name) => ` ${name}`,
  (name) => `${name}\u200b`,
  (name) => `\u202e${name}`,
  (name) => `${name}*`,
  (name) => `*${name}`,
  (name) => name.toUpperCase(),
  (name) => name.replace('a', 'а').replace('o', 'ο').replace('e', 'е'),
  (name) => `${name}\u0301`,
  (name) => name.normalize('NFKD').replace('b', 'ｂ'),
  (name) => `${name}#`,
  (name) => `#${name}`,
  (name) => `${name}%2f`,
  (name) => `${name}|*`,
  (name) => `${name}.*`,
  (name) => `"${name}"`,
  (name) => `\ud800${name}`,
];
const disguised = (names: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...names), fc.array(fc.constantFrom(...around), { minLength: 1, maxLength: 2 }))
    .map(([name, how]) => how.reduce((text, put) => put(text), name));

const anyId = fc.oneof(
  disguised(['bob', 'ann', 'devs', 'acme', 'pol-delete', 'rol-ops', '*', 'user', 'group', 'role', 'policy']),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 10 }),
);
const foreignTenant = fc
  .oneof(disguised(['acme', 'user', 'group', 'role', 'policy', '*']), anyId)
  .filter((id) => id !== 'acme')
  .map((id) => id.slice(0, 63));
const objectName = fc.constantFrom(
  'pol-read',
  'pol-delete',
  'rol-ops',
  'role-ops',
  'role',
  'policy',
  'devs',
  'bob',
  'gnt-1',
  'acme',
  'user',
  'group',
  'acme.user.bob',
  'rol-pol-read',
  'xn--80ak6aa92e',
);
const subjects = (id: fc.Arbitrary<string>): fc.Arbitrary<object[]> =>
  fc.uniqueArray(fc.record({ id, name: id }, { requiredKeys: ['id'] }), { selector: (each) => each.id, maxLength: 3 });

/** Generates hostile objects of `tenantID` with any names. `userId` generates the ids of users. */
function hostile(tenantID: fc.Arbitrary<string>, userId: fc.Arbitrary<string>): fc.Arbitrary<KubeObject> {
  const bound = { users: subjects(userId), groups: subjects(anyId) };
  const references = {
    policies: fc.uniqueArray(objectName, { maxLength: 3 }),
    roles: fc.uniqueArray(objectName, { maxLength: 2 }),
  };
  const statement = fc.record({
    actions: fc.constantFrom(['*'], ['delete*', '*']),
    resources: fc.constant(['*']),
    effect: fc.constantFrom('allow', 'deny'),
  });
  const projectID = fc.constantFrom('acme', 'user', 'prj-1', 'pol-read');
  const specs: Record<string, fc.Arbitrary<object>> = {
    Policy: fc.record({ tenantID, statement, ...bound }),
    Role: fc.record({ tenantID, policies: references.policies, ...bound }),
    Group: fc.record({ tenantID, ...bound }),
    LocalGroup: fc.record({ tenantID, ...bound }),
    ProjectPolicyBinding: fc.record({ tenantID, projectID, policyID: objectName, ...bound }),
    Grant: fc.oneof(
      fc.record({ tenantID, scope: fc.constant('platform'), ...references, ...bound }),
      fc.record({ tenantID, scope: fc.constant('project'), projectID, ...references, ...bound }),
    ),
  };
  return fc
    .constantFrom(...Object.keys(specs))
    .chain((kind) =>
      fc
        .record({ name: objectName, spec: specs[kind] ?? fc.constant({}) })
        .map(({ name, spec }) => object(kind, name, spec)),
    );
}

const idOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;
const TAKEN = new Set(ACME.map(idOf));
/** Generates objects that can exist beside those of acme: each kind has a name only once. */
const beside = (one: fc.Arbitrary<KubeObject>): fc.Arbitrary<KubeObject[]> =>
  fc.uniqueArray(
    one.filter((each) => !TAKEN.has(idOf(each))),
    { selector: idOf, minLength: 2, maxLength: 8, size: 'max' },
  );

describe('the rights of the users of acme stay the same', () => {
  const expected = rightsOfAcme(worldOf(ACME, 0));
  const fromAll = (hostiles: readonly KubeObject[]): void =>
    assert.deepEqual(rightsOfAcme(worldOf([...hostiles, ...ACME], 0)), expected);

  test('whatever objects other tenants create, and whatever the names of those tenants and their users are', () => {
    // One or two tenants, so that they also refer to each other's objects.
    const tenants = fc.array(foreignTenant, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(
        tenants.chain((ids) => beside(hostile(fc.constantFrom(...ids), anyId))),
        fromAll,
      ),
      { numRuns: 2_000 },
    );
  });
  test('whatever the names of other users and groups of acme are, when all of these may do everything', () => {
    // Their own names, and the star, which means everyone, would rightly change the decisions.
    const own = new Set(['bob', 'ann', 'nobody', '*']);
    const id = anyId.filter((each) => !own.has(each));
    const everything = [policy('pol-all', 'allow', '*'), policy('pol-none', 'deny', '*')];
    const grants = fc.record({
      users: subjects(id),
      groups: subjects(id.filter((each) => each !== 'devs' && each !== 'more')),
      policies: fc.constantFrom<string[]>(['pol-all'], ['pol-none']),
    });
    fc.assert(
      fc.property(grants, ({ policies, ...who }) =>
        fromAll([...everything, object('Grant', 'gnt-x', holds(policies, [], who))]),
      ),
      { numRuns: 2_000 },
    );
  });
});

test('a user with a hostile name has the rights that every user of the tenant has, or none', () => {
  const world = worldOf(ACME, 0);
  const nobody = verdicts(world, 'nobody');
  const stranger = VERBS.map(() => 'none').join(' ');
  fc.assert(
    fc.property(
      anyId.filter((id) => id !== 'bob' && id !== 'ann'),
      fc.array(
        anyId.filter((id) => id !== 'devs'),
        { maxLength: 3 },
      ),
      (user, groups) => {
        assert.ok([nobody, stranger].includes(verdicts(world, user, groups)), JSON.stringify([user, groups]));
      },
    ),
    { numRuns: 3_000 },
  );
});

test('a user of a tenant with a name similar to acme has no rights in acme', () => {
  const world = worldOf(ACME, 0);
  fc.assert(
    fc.property(foreignTenant, fc.constantFrom('bob', 'ann', '*'), (tenant, user) => {
      assert.equal(verdicts(world, user, ['devs'], tenant), VERBS.map(() => 'none').join(' '), JSON.stringify(tenant));
    }),
    { numRuns: 2_000 },
  );
});

test('a user or group with the name * has only the rights that every user has', () => {
  const world = worldOf(
    [
      ...ACME,
      object('Group', 'star', { tenantID: 'acme', users: [{ id: 'u-1', name: 'mallory' }], groups: [{ id: '*' }] }),
    ],
    0,
  );
  assert.equal(verdicts(world, '*'), verdicts(world, 'nobody'));
  assert.equal(verdicts(world, 'mallory', ['*']), verdicts(world, 'nobody'));
});
