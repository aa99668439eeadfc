import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldTracker } from './field-tracker.ts';

const object = { a: { b: 1, c: { d: [{ e: 1, f: 2 }, { e: 3 }] } }, g: [1, 2], h: null, i: {}, j: [], k: '', l: false };

test('an unused part is one path; of a partly used part, the unused fields are listed', () => {
  const fields = new FieldTracker(object);
  assert.deepEqual(fields.unused(), ['a', 'g', 'l']);
  fields.use('a', 'c', 'd', 0, 'e');
  fields.use('g', 0);
  assert.deepEqual(fields.unused(), ['a.b', 'a.c.d[0].f', 'a.c.d[1]', 'g[1]', 'l']);
});

test('a used field covers everything below it, but no field whose name starts the same', () => {
  const fields = new FieldTracker({ pod: { a: 1 }, pods: { b: 1 } });
  fields.use('pods');
  assert.deepEqual(fields.unused(), ['pod']);
});

test('no value is lost: each leaf is below a used or an unused path', () => {
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
      const fields = new FieldTracker(root);
      for (const each of taken) fields.use(...each);
      const known = [...taken.map(([a, b]) => `${a}.${b}`), ...fields.unused()];
      return leaves(root, '').every((leaf) => leaf === '' || known.some((part) => covers(part, leaf)));
    }),
  );
});
