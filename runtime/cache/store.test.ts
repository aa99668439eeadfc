import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { IndexedStore } from './store.ts';

interface Item {
  readonly tags: readonly string[];
}
const byTag = { tag: (item: Item) => item.tags };

test('an index lists exactly the objects with its value, through any changes', () => {
  const tags = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'));
  const change = fc.tuple(fc.constantFrom('1', '2', '3'), fc.option(tags));
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const store = new IndexedStore<Item>(byTag);
      const plain = new Map<string, Item>();
      for (const [key, given] of changes) {
        if (given === null) {
          assert.deepEqual(store.delete(key), plain.get(key));
          plain.delete(key);
        } else {
          assert.deepEqual(store.set(key, { tags: given }), plain.get(key));
          plain.set(key, { tags: given });
        }
      }
      assert.equal(store.size, plain.size);
      for (const tag of ['a', 'b', 'c']) {
        const expected = [...plain.values()].filter((item) => item.tags.includes(tag));
        assert.equal(store.byIndex('tag', tag).length, expected.length);
      }
    }),
  );
});

test('an undeclared index is an error, not an empty result', () => {
  assert.throws(() => new IndexedStore<Item>().byIndex('tag', 'a'), /no index tag/);
});
