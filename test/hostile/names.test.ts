/**
 * Names that try to be another's: separators, commas, line breaks, stars, characters that look like others. They go the
 * way of every name, through the schemas of the kinds and the translators, without the CEL rules that a kube-apiserver
 * would stop many of them with. Property: the verdicts for the people of tenant acme are the same with them and without.
 *
 * Names of objects are such as a kube-apiserver takes for names (lower-case letters, digits, `-` and `.`): all kinds take the
 * same ones, so the attempt there is to be called as an object of another kind is.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../../api/object.ts';
import { type World, worldOf } from '../support/world.ts';

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

/** bob may read as a member of a group, and delete nothing; ann may delete by her role; everyone may list. */
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

const PEOPLE: readonly (readonly [string, ...string[]])[] = [
  ['bob'],
  ['ann'],
  ['nobody'],
  ['nobody', 'devs'],
  ['bob', 'devs', 'more'],
];
const rightsOfAcme = (world: World): string[] => PEOPLE.map(([user, ...groups]) => verdicts(world, user, groups));

test('without anybody hostile the people of acme have the rights described', () => {
  assert.deepEqual(rightsOfAcme(worldOf(ACME, 0)), [
    'allow allow deny none',
    'none allow allow none',
    'none allow none none',
    'allow allow none none',
    'allow allow deny none',
  ]);
});

/** What a name of acme is put into. */
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

/** A hostile object of `tenantID`, whose names are anything; names of users are `userId`. */
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
/** Objects beside those of acme: a name is given once a kind. */
const beside = (one: fc.Arbitrary<KubeObject>): fc.Arbitrary<KubeObject[]> =>
  fc.uniqueArray(
    one.filter((each) => !TAKEN.has(idOf(each))),
    { selector: idOf, minLength: 2, maxLength: 8, size: 'max' },
  );

describe('the rights of the people of acme are the same', () => {
  const expected = rightsOfAcme(worldOf(ACME, 0));
  const fromAll = (hostiles: readonly KubeObject[]): void =>
    assert.deepEqual(rightsOfAcme(worldOf([...hostiles, ...ACME], 0)), expected);

  test('whatever objects other tenants make, and whatever those tenants and their people are called', () => {
    // Of one or two tenants, so that they also refer to each other's objects.
    const tenants = fc.array(foreignTenant, { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(
        tenants.chain((ids) => beside(hostile(fc.constantFrom(...ids), anyId))),
        fromAll,
      ),
      { numRuns: 2_000 },
    );
  });
  test('whatever users and groups of their own tenant are called, when all of these may do everything', () => {
    // Their own names, and the star that is meant for everyone, would rightly change something.
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

test('who asks under a hostile name has what anybody of his tenant has, or what his own name was given', () => {
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

test('who asks from a tenant that is called nearly as acme has nothing of acme', () => {
  const world = worldOf(ACME, 0);
  fc.assert(
    fc.property(foreignTenant, fc.constantFrom('bob', 'ann', '*'), (tenant, user) => {
      assert.equal(verdicts(world, user, ['devs'], tenant), VERBS.map(() => 'none').join(' '), JSON.stringify(tenant));
    }),
    { numRuns: 2_000 },
  );
});

test('a user who is called * is not everyone: what he may, all may, since he was given it by that name', () => {
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
