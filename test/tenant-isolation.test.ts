/**
 * Tenants never reach each other, whatever their objects refer to. The tests generate random worlds of two to four
 * tenants with look-alike ids. Their objects of every kind take names from one small pool, so that many references
 * cross tenants.
 *
 * 1. Each connected part of the rule graph belongs to one tenant: its subjects, roles, policies and the owners of its
 *    lines.
 * 2. Every decision for a user of a tenant, and its reason, is the same with and without the Policies, Roles, Groups,
 *    bindings and grants of all other tenants.
 * 3. It is also the same without their Projects and Namespaces, except where another tenant came first: a Project that
 *    the tenant refers to but does not own, or an older claim to a namespace. Such a place belongs to the other tenant.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { KubeObject } from '../api/object.ts';
import type { Review } from '../authorization/webhook/review.ts';
import { type World, worldOf } from './support/manifest-world.ts';

interface Manifest extends KubeObject {
  readonly spec: { readonly tenantID: string; readonly [field: string]: unknown };
}

const TENANTS = ['a', 'b', 'A', 'a#', 'ab', 'a.b', 'user', 'role'];
const USERS = ['u-1', 'u-2', '*'];
const OBJECTS = ['pol-1', 'pol-2', 'rol-1', 'role-2'];
const GROUPS = ['u-1', 'grp-1', 'pol-1'];
const PROJECTS = ['prj-1', 'prj-2', 'pol-1'];
const CLUSTERS = ['global', 'cls-1'];
const NAMESPACES = ['dev', 'prod'];
const WORLDS = 2_000;

const oneOf = (names: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...names);
const some = (names: readonly string[]): fc.Arbitrary<string[]> => fc.subarray([...names]);
const subjects = (names: readonly string[]): fc.Arbitrary<object[]> =>
  some(names).map((ids) => ids.map((id) => ({ id })));

/** The generators below leave the tenant of an object open; `anyWorld` fills it in. */
const AUTH = 'auth.tkestack.io/v1';
const BUSINESS = 'business.tkestack.io/v1';
const bound = { users: subjects(USERS), groups: subjects(GROUPS) };
const maybeProject = fc.option(oneOf(PROJECTS), { nil: '', freq: 2 });
const statement = fc.record({
  actions: fc.constantFrom(['get*'], ['*']),
  resources: fc.constantFrom(['*'], ['*pod:*'], ['namespace:dev/*']),
  effect: fc.constantFrom('allow', 'allow', 'deny'),
});

function kind(
  apiVersion: string,
  kindName: string,
  names: readonly string[],
  spec: fc.Arbitrary<object>,
): fc.Arbitrary<Omit<Manifest, 'spec'> & { readonly spec: object }> {
  return fc.record({
    apiVersion: fc.constant(apiVersion),
    kind: fc.constant(kindName),
    metadata: fc.record({ name: oneOf(names) }),
    spec,
  });
}

const anyObject = fc.oneof(
  kind(AUTH, 'Policy', OBJECTS, fc.record({ statement, ...bound })),
  kind(AUTH, 'Policy', OBJECTS, fc.record({ statement, scope: fc.constant('project') })),
  kind(AUTH, 'Role', OBJECTS, fc.record({ policies: some(OBJECTS), projectID: maybeProject, ...bound })),
  kind(AUTH, 'Group', GROUPS, fc.record(bound)),
  kind(AUTH, 'LocalGroup', GROUPS, fc.record(bound)),
  kind(
    AUTH,
    'ProjectPolicyBinding',
    OBJECTS,
    fc.record({ policyID: oneOf(OBJECTS), projectID: oneOf(PROJECTS), ...bound }),
  ),
  kind(
    AUTH,
    'Grant',
    OBJECTS,
    maybeProject.chain((projectID) =>
      fc.record({
        scope: fc.constant(projectID === '' ? 'platform' : 'project'),
        projectID: fc.constant(projectID),
        policies: some(OBJECTS),
        roles: some(OBJECTS),
        ...bound,
      }),
    ),
  ),
  kind(BUSINESS, 'Project', PROJECTS, fc.constant({})),
  kind(BUSINESS, 'Namespace', OBJECTS, fc.record({ clusterName: oneOf(CLUSTERS), namespace: oneOf(NAMESPACES) })).chain(
    (claim) => oneOf(PROJECTS).map((namespace) => ({ ...claim, metadata: { ...claim.metadata, namespace } })),
  ),
);

const keyOf = ({ kind: kindName, metadata }: KubeObject): string =>
  `${kindName}/${metadata.namespace ?? ''}/${metadata.name}`;

const anyWorld: fc.Arbitrary<Manifest[]> = fc.subarray(TENANTS, { minLength: 2, maxLength: 4 }).chain((tenants) =>
  fc.uniqueArray(
    fc
      .tuple(anyObject, oneOf(tenants))
      .map(([object, tenantID]): Manifest => ({ ...object, spec: { ...object.spec, tenantID } })),
    { selector: keyOf, minLength: 8, maxLength: 24, size: 'max' },
  ),
);

const tenantsIn = (objects: readonly Manifest[]): string[] => [...new Set(objects.map(({ spec }) => spec.tenantID))];

describe('tenants in random worlds', () => {
  test('each connected part of the rule graph belongs to one tenant', () => {
    let parts = 0;
    fc.assert(
      fc.property(anyWorld, (objects) => {
        for (const part of connectedParts(worldOf(objects, 0), objects)) {
          parts += 1;
          assert.equal(part.size, 1, [...part].join(' and '));
        }
      }),
      { numRuns: WORLDS },
    );
    assert.ok(parts > WORLDS, 'most worlds have no Rules');
  });

  const seen = { allow: 0, deny: 0, none: 0 };
  test('the decisions for the users of a tenant do not depend on objects of other tenants', () => {
    fc.assert(
      fc.property(anyWorld, (objects) => {
        const whole = worldOf(objects, 0);
        for (const tenant of tenantsIn(objects)) {
          const answers = answersTo(tenant, whole);
          for (const verdict of ['allow', 'deny', 'none'] as const)
            if (answers.some((answer) => answer.startsWith(verdict))) seen[verdict] += 1;
          const withoutRightsOfOthers = objects.filter(
            ({ apiVersion, spec }) => apiVersion === BUSINESS || spec.tenantID === tenant,
          );
          assert.deepEqual(
            answersTo(tenant, worldOf(withoutRightsOfOthers, 0)),
            answers,
            `tenant ${tenant}, without the Rule owners of other tenants`,
          );
          const undisputed = withoutPlacesTakenFrom(tenant, objects);
          const alone = undisputed.filter(({ spec }) => spec.tenantID === tenant);
          assert.deepEqual(
            answersTo(tenant, worldOf(alone, 0)),
            answersTo(tenant, worldOf(undisputed, 0)),
            `tenant ${tenant}, without all objects of other tenants`,
          );
        }
      }),
      { numRuns: WORLDS },
    );
    for (const [verdict, count] of Object.entries(seen))
      assert.ok(count > WORLDS / 4, `only ${count} worlds with ${verdict}`);
  });
});

interface Part {
  readonly tenants: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

const partOfOne = (name: string, tenant: string): Part => ({ tenants: new Set([tenant]), names: new Set([name]) });

/**
 * Returns the tenants of each connected part of the graph of all lines. The owner of a line belongs to the line's part.
 */
function connectedParts(world: World, objects: readonly Manifest[]): ReadonlySet<string>[] {
  const tenantOf = new Map(objects.map((object) => [`${object.kind}/${object.metadata.name}`, object.spec.tenantID]));
  const partOf = new Map<string, Part>();
  const join = (a: string, tenantOfA: string, b: string, tenantOfB: string): void => {
    const [one, other] = [partOf.get(a) ?? partOfOne(a, tenantOfA), partOf.get(b) ?? partOfOne(b, tenantOfB)];
    const both = { tenants: one.tenants.union(other.tenants), names: one.names.union(other.names) };
    for (const name of both.names) partOf.set(name, both);
  };
  for (const { metadata, spec } of world.rules) {
    const [reference] = metadata.ownerReferences ?? [];
    const owner = `${reference?.kind}/${reference?.name}`;
    const nodes = spec.ptype === 'g' ? [spec.v0, spec.v1] : [spec.v0];
    for (const node of nodes)
      join(node, tenantOfNode(node, tenantOf), `owner ${owner}`, tenantOf.get(owner) ?? 'nobody');
  }
  return [...new Set(partOf.values())].map(({ tenants }) => tenants);
}

/** Returns the tenant of a name in a line: the name contains it, or the object of that name does. */
function tenantOfNode(node: string, tenantOf: ReadonlyMap<string, string>): string {
  const [, tenant] = /^(.+)##(?:user|group)##[^#]+$/.exec(node) ?? [];
  if (tenant !== undefined) return tenant;
  const [, marked, name] = /^(role|policy)##(.+)$/.exec(node) ?? [];
  const isRole = marked === undefined ? /^role?-/.test(node) : marked === 'role';
  return tenantOf.get(`${isRole ? 'Role' : 'Policy'}/${name ?? node}`) ?? `nobody (${node})`;
}

function answersTo(tenant: string, world: World): string[] {
  return QUESTIONS.map(({ cluster, ...asked }) => {
    const { verdict, reason } = world.ask({ ...asked, extra: { tenantid: [tenant] } }, cluster);
    return `${verdict}: ${reason}`;
  });
}

const pods = { verb: 'get', group: '', resource: 'pods', subresource: '', name: 'web' };
const ASKED: readonly { readonly cluster: string; readonly resource: NonNullable<Review['resource']> }[] = [
  ...CLUSTERS.flatMap((cluster) => NAMESPACES.map((namespace) => ({ cluster, resource: { ...pods, namespace } }))),
  { cluster: 'global', resource: { ...pods, resource: 'nodes', namespace: '' } },
  {
    cluster: 'global',
    resource: {
      ...pods,
      verb: 'delete',
      group: 'business.tkestack.io',
      resource: 'projects',
      namespace: '',
      name: 'prj-1',
    },
  },
];
const QUESTIONS = ASKED.flatMap((asked) =>
  ['u-1', 'u-2', 'nobody'].flatMap((user) => [[], ['grp-1', 'pol-1']].map((groups) => ({ ...asked, user, groups }))),
);

/**
 * Returns a world in which the tenant came first everywhere: no other tenant owns its Projects or has an older claim.
 */
function withoutPlacesTakenFrom(tenant: string, objects: readonly Manifest[]): Manifest[] {
  const own = objects.filter(({ spec }) => spec.tenantID === tenant);
  const named = new Set(own.flatMap(({ metadata, spec }) => [metadata.namespace, spec['projectID']]));
  const isTaken = (object: Manifest): boolean =>
    object.kind === 'Project' && object.spec.tenantID !== tenant && named.has(object.metadata.name);
  return objects
    .filter((object) => !isTaken(object))
    .map((object) => {
      const creationTimestamp = object.spec.tenantID === tenant ? '2026-01-01T00:00:00Z' : '2026-02-01T00:00:00Z';
      return object.kind === 'Namespace' ? { ...object, metadata: { ...object.metadata, creationTimestamp } } : object;
    });
}
