/**
 * Checks properties of the whole translation, with random objects of two tenants that refer to each other's objects.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { OWNER_KINDS } from '../api/auth/owner-kinds.ts';
import type { KubeObject } from '../api/object.ts';
import { readNode } from '../authorization/rules/node-name.ts';
import { worldOf } from './support/manifest-world.ts';

const TENANTS = ['a', 'b'];
const tenantID = fc.constantFrom(...TENANTS);
const name = (prefix: string): fc.Arbitrary<string> => fc.constantFrom('1', '2', '3').map((n) => `${prefix}-${n}`);
const subjects = (prefix: string): fc.Arbitrary<{ id: string }[]> =>
  fc.uniqueArray(fc.record({ id: name(prefix) }), { selector: ({ id }) => id, maxLength: 3 });
const bound = { users: subjects('usr'), groups: subjects('grp') };
const projectID = name('prj');

function kind(kindName: string, prefix: string, spec: fc.Arbitrary<object>): fc.Arbitrary<KubeObject> {
  return fc.record({ name: name(prefix), spec }).map(({ name: own, spec: content }) => {
    return { apiVersion: 'auth.tkestack.io/v1', kind: kindName, metadata: { name: own }, spec: content };
  });
}

const statement = fc.record({
  actions: fc.constant(['get']),
  resources: fc.constant(['*']),
  effect: fc.constantFrom('allow', 'deny'),
});
const references = { policies: fc.uniqueArray(name('pol')), roles: fc.uniqueArray(name('rol')) };
const object = fc.oneof(
  kind('Policy', 'pol', fc.record({ tenantID, statement, scope: fc.constantFrom('', 'project'), ...bound })),
  kind(
    'Role',
    'rol',
    fc.record({ tenantID, policies: references.policies, projectID: fc.oneof(projectID, fc.constant('')), ...bound }),
  ),
  kind('Group', 'grp', fc.record({ tenantID, ...bound })),
  kind('LocalGroup', 'grp', fc.record({ tenantID, ...bound })),
  kind('ProjectPolicyBinding', 'ppb', fc.record({ tenantID, projectID, policyID: name('pol'), ...bound })),
  kind('Grant', 'gnt', fc.record({ tenantID, scope: fc.constant('project'), projectID, ...references, ...bound })),
  fc.record({ name: projectID, tenantID }).map(({ name: own, tenantID: tenant }): KubeObject => {
    return {
      apiVersion: 'business.tkestack.io/v1',
      kind: 'Project',
      metadata: { name: own },
      spec: { tenantID: tenant },
    } as KubeObject;
  }),
);
const world = fc.uniqueArray(object, { selector: ({ kind: of, metadata }) => `${of}/${metadata.name}`, maxLength: 15 });

const lines = (objects: readonly KubeObject[]): string[] =>
  worldOf(objects, 0)
    .rules.map(({ metadata, spec }) => JSON.stringify([metadata.name, spec]))
    .sort();

test('every kind that owns Rules is generated', () => {
  const generated = new Set(fc.sample(object, 1_000).map(({ kind: of }) => of));
  for (const owner of OWNER_KINDS) assert.ok(generated.has(owner.kind), owner.kind);
});

test('the order of the objects does not change the Rules', () => {
  fc.assert(
    fc.property(world, (objects) => assert.deepEqual(lines(objects.toReversed()), lines(objects))),
    { numRuns: 300 },
  );
});

test('no line leads from one tenant to another', () => {
  fc.assert(
    fc.property(world, (objects) => {
      const tenantOf = new Map(
        objects.map((each) => [
          `${each.kind}/${each.metadata.name}`,
          (each as KubeObject & { spec: { tenantID: string } }).spec.tenantID,
        ]),
      );
      const tenantOfNode = (node: string): string | undefined => {
        const { kind: of, tenant, name: own } = readNode(node);
        return tenant ?? tenantOf.get(`${of === 'role' ? 'Role' : 'Policy'}/${own}`);
      };
      for (const { spec, metadata } of worldOf(objects, 0).rules) {
        const owner = metadata.ownerReferences?.[0];
        const tenants = new Set([
          tenantOf.get(`${owner?.kind ?? ''}/${owner?.name ?? ''}`),
          tenantOfNode(spec.v0),
          ...(spec.ptype === 'g' ? [tenantOfNode(spec.v1)] : []),
        ]);
        assert.equal(tenants.size, 1, JSON.stringify(spec));
      }
    }),
    { numRuns: 500 },
  );
});
