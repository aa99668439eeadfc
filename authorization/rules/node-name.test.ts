import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { groupNode, policyNode, readNode, roleNode, unusable, userNode } from './node-name.ts';

const objectName = fc.oneof(
  fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/),
  fc.stringMatching(/^(pol|rol|role|policy)-[a-z0-9]{1,8}$/),
);
const id = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((s) => unusable(s) === undefined);

test('users, groups, roles and policies never share a node, and nodes parse back', () => {
  fc.assert(
    fc.property(objectName, objectName, id, id, (a, b, tenant, name) => {
      const nodes = {
        policy: policyNode(a),
        role: roleNode(b),
        user: userNode(tenant, name),
        group: groupNode(tenant, name),
      };
      assert.equal(new Set(Object.values(nodes)).size, 4);
      assert.deepEqual(readNode(nodes.policy), { kind: 'policy', name: a });
      assert.deepEqual(readNode(nodes.role), { kind: 'role', name: b });
    }),
  );
});

test('two users share a node only when tenant and name are equal', () => {
  fc.assert(
    fc.property(id, id, id, id, (t1, n1, t2, n2) => {
      assert.equal(userNode(t1, n1) === userNode(t2, n2), t1 === t2 && n1 === n2);
    }),
  );
});

test('names in the form of the original are kept', () => {
  assert.equal(policyNode('pol-2tg5rdqf'), 'pol-2tg5rdqf');
  assert.equal(roleNode('role-xxx'), 'role-xxx');
  assert.equal(userNode('default', 'test'), 'default##user##test');
});

const UNUSABLE = {
  'the separator': 'a##b',
  'a line break': 'a\nb',
  'a line separator': 'a\u2028b',
  nothing: '',
  'a NUL': 'a\0',
};
for (const [what, value] of Object.entries(UNUSABLE)) {
  test(`an id with ${what} is unusable`, () => assert.notEqual(unusable(value), undefined));
}
test('an id may contain what login names contain', () => {
  for (const ok of ['alice', 'Smith, John', 'jürgen@example.com', 'a#b', '用户', '*'])
    assert.equal(unusable(ok), undefined, ok);
});
