import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fields } from './field-tracker.ts';

const object = { a: { b: 1, c: { d: [{ e: 1, f: 2 }, { e: 3 }] } }, g: [1, 2], h: null, i: {}, j: [], k: '', l: false };

test('what nobody took is left, as the part that nobody looked into', () => {
  const fields = new Fields(object);
  assert.deepEqual(fields.left(), ['a', 'g', 'l']);
  fields.take('a', 'c', 'd', 0, 'e');
  fields.take('g', 0);
  assert.deepEqual(fields.left(), ['a.b', 'a.c.d[0].f', 'a.c.d[1]', 'g[1]', 'l']);
});

test('what was taken is taken with all below it, and a name that begins alike is another', () => {
  const fields = new Fields({ pod: { a: 1 }, pods: { b: 1 } });
  fields.take('pods');
  assert.deepEqual(fields.left(), ['pod']);
});

test('nothing that says something is ever lost: each leaf is below what was taken or what is left', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.integer(),
      fc.dictionary(key, tie('node'), { maxKeys: 3 }),
      fc.array(tie('node'), { maxLength: 2 }),
    ),
  })).node;
  const leaves = (value: unknown, at: string): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([name, child]) =>
          leaves(child, Array.isArray(value) ? `${at}[${name}]` : at === '' ? name : `${at}.${name}`),
        )
      : [at];
  const covers = (part: string, leaf: string): boolean =>
    leaf === part || leaf.startsWith(`${part}.`) || leaf.startsWith(`${part}[`);
  fc.assert(
    fc.property(fc.dictionary(key, tree), fc.array(fc.tuple(key, key), { maxLength: 3 }), (root, taken) => {
      const fields = new Fields(root);
      for (const each of taken) fields.take(...each);
      const known = [...taken.map(([a, b]) => `${a}.${b}`), ...fields.left()];
      return leaves(root, '').every((leaf) => leaf === '' || known.some((part) => covers(part, leaf)));
    }),
  );
});
