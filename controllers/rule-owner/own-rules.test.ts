/** What a process knows of its own Rules, and of restrictions, while its cache is stale. The cache is a stub; the test delivers its events. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Rule } from '../../api/auth/rule.ts';
import { specOf } from '../../authorization/rules/line.ts';
import { ownership, ruleObject } from '../../authorization/rules/rule-object.ts';
import type { Change } from '../../runtime/cache/informer.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import { BY_OWNER, OwnRules } from './own-rules.ts';

const OWNER = 'Policy/pol-a';
const SPEC = specOf({ ptype: 'g', member: 'acme##user##ann', of: 'pol-a', domain: '*' });

function rule(name: string, version: number, uid = `uid-${name}`): Rule {
  return {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Rule',
    metadata: {
      name,
      uid,
      resourceVersion: String(version),
      ...ownership({ kind: 'Policy', name: 'pol-a', uid: 'u' }),
    },
    spec: SPEC,
  };
}

class StaleCache {
  readonly store = new IndexedStore<Rule>({ [BY_OWNER]: () => [OWNER] });
  version = 0;
  #handler: (change: Change<Rule>) => void = () => {};

  onChange(handler: (change: Change<Rule>) => void): void {
    this.#handler = handler;
  }

  deliver(object: Rule): void {
    this.version = Number(object.metadata.resourceVersion);
    this.store.set(object.metadata.name, object);
    this.#handler({ type: 'added', object });
  }

  deliverReplacement(old: Rule, object: Rule): void {
    this.version = Number(object.metadata.resourceVersion);
    this.store.set(object.metadata.name, object);
    this.#handler({ type: 'updated', object, old });
  }

  deliverRemoval(object: Rule, version: number): void {
    this.version = version;
    this.store.delete(object.metadata.name);
    this.#handler({
      type: 'deleted',
      object: { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } },
      old: object,
    });
  }
}

function setUp(): { cache: StaleCache; own: OwnRules; names: () => string[] } {
  const cache = new StaleCache();
  const own = new OwnRules(cache);
  return {
    cache,
    own,
    names: () =>
      own
        .of(OWNER)
        .map(({ metadata }) => metadata.name)
        .sort(),
  };
}

function acknowledge(own: OwnRules): void {
  const restriction = own.restrictions.of(OWNER);
  assert.ok(restriction);
  assert.ok(own.restrictions.acknowledge(OWNER, restriction));
}

describe('the Rules of an owner', () => {
  test('include a written Rule before and after the watch delivers it', () => {
    const { cache, own, names } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    assert.deepEqual(names(), ['a']);
    cache.deliver(rule('a', 5));
    assert.deepEqual(names(), ['a']);
  });

  test('do not include a removed Rule that the cache still holds', () => {
    const { cache, own, names } = setUp();
    cache.deliver(rule('a', 5));
    own.removed(OWNER, rule('a', 5));
    assert.deepEqual(names(), []);
    cache.deliverRemoval(rule('a', 5), 6);
    assert.deepEqual(names(), []);
  });

  test('do not include a Rule that was written and removed before the watch delivers either', () => {
    const { cache, own, names } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    own.removed(OWNER, rule('a', 5));
    assert.deepEqual(names(), []);
    cache.deliver(rule('a', 5));
    assert.deepEqual(names(), []);
    cache.deliverRemoval(rule('a', 5), 6);
    assert.deepEqual(names(), []);
  });

  test('include a Rule that someone else has created again, once the watch delivers it', () => {
    const { cache, own, names } = setUp();
    cache.deliver(rule('a', 5));
    own.removed(OWNER, rule('a', 5));
    cache.deliver(rule('a', 9, 'another'));
    assert.deepEqual(names(), ['a']);
  });

  test('are those of the cache once it has passed the written version', () => {
    const { cache, own, names } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    // Written, and removed by someone else before the cache was listed again: the cache never held it.
    cache.version = 8;
    assert.deepEqual(names(), []);
  });
});

describe('a restriction', () => {
  test('is open until the watch delivers the removal, and then has its version', () => {
    const { cache, own } = setUp();
    cache.deliver(rule('a', 5));
    own.removed(OWNER, rule('a', 5));
    assert.equal(own.restrictions.of(OWNER)?.open, 1);
    cache.deliverRemoval(rule('a', 5), 12);
    assert.deepEqual(
      { open: own.restrictions.of(OWNER)?.open, version: own.restrictions.of(OWNER)?.version },
      { open: 0, version: 12 },
    );
    acknowledge(own);
    assert.equal(own.restrictions.of(OWNER), undefined);
  });

  test('is closed when the Rule is created again before the watch delivers its removal', () => {
    const { cache, own } = setUp();
    cache.deliver(rule('a', 5));
    own.removed(OWNER, rule('a', 5));
    own.wrote(OWNER, rule('a', 9, 'another'), false);
    cache.deliverReplacement(rule('a', 5), rule('a', 9, 'another'));
    assert.equal(own.restrictions.of(OWNER)?.open, 0);
  });

  test('is closed when the cache is listed again and never held the Rule', () => {
    const { cache, own } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    own.removed(OWNER, rule('a', 5));
    assert.equal(own.restrictions.of(OWNER)?.open, 1);
    cache.version = 8;
    assert.deepEqual(
      { open: own.restrictions.of(OWNER)?.open, version: own.restrictions.of(OWNER)?.version },
      { open: 0, version: 8 },
    );
  });

  test('is known when the watch delivers the removal before the API server answers', () => {
    const { cache, own } = setUp();
    cache.deliver(rule('a', 5));
    cache.deliverRemoval(rule('a', 5), 6);
    own.removed(OWNER, rule('a', 5));
    assert.deepEqual(
      { open: own.restrictions.of(OWNER)?.open, version: own.restrictions.of(OWNER)?.version },
      { open: 0, version: 6 },
    );
  });

  test('results from a written deny too, and from no other line', () => {
    const { own } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    assert.equal(own.restrictions.of(OWNER), undefined);
    own.wrote(OWNER, rule('d', 7), true);
    assert.equal(own.restrictions.of(OWNER)?.version, 7);
  });

  test('by an earlier process is assumed until all replicas have once reached the version at the start', () => {
    const { cache, own } = setUp();
    own.restrictions.suspect(OWNER);
    assert.equal(own.restrictions.of(OWNER), undefined);
    cache.version = 20;
    own.restrictions.begin();
    own.restrictions.suspect(OWNER);
    assert.equal(own.restrictions.of(OWNER)?.version, 20);
    acknowledge(own);
    own.restrictions.suspect('Policy/pol-b');
    assert.equal(own.restrictions.of('Policy/pol-b'), undefined);
  });
});

describe('a Rule that someone else removes', () => {
  test('restricts its owner, even when no earlier process is suspected', () => {
    const { cache, own } = setUp();
    own.restrictions.begin();
    cache.deliver(rule('a', 5));
    cache.deliverRemoval(rule('a', 5), 9);
    assert.deepEqual(
      { open: own.restrictions.of(OWNER)?.open, version: own.restrictions.of(OWNER)?.version },
      { open: 0, version: 9 },
    );
  });

  test('restricts its owner, also when the cache is listed again and never held it', () => {
    const { cache, own, names } = setUp();
    own.restrictions.begin();
    own.wrote(OWNER, rule('a', 5), false);
    cache.version = 8;
    assert.deepEqual(names(), []);
    assert.equal(own.restrictions.of(OWNER)?.version, 8);
  });

  test('restricts its owner, also when a change makes it not count', () => {
    const { cache, own } = setUp();
    own.restrictions.begin();
    const written = ruleObject(
      { kind: 'Policy', name: 'pol-a', uid: 'u' },
      { ptype: 'g', member: 'a##user##ann', of: 'pol-a', domain: '*' },
    );
    const changed = (version: number, v0: string): Rule => ({
      ...rule('a', version),
      metadata: { ...written.metadata, uid: 'x', resourceVersion: String(version) },
      spec: { ...written.spec, v0 },
    });
    cache.deliver(changed(5, 'a##user##ann'));
    cache.deliverReplacement(changed(5, 'a##user##ann'), changed(6, 'a##user##ann'));
    assert.equal(own.restrictions.of(OWNER), undefined);
    cache.deliverReplacement(changed(6, 'a##user##ann'), changed(7, 'a##user##ben'));
    assert.equal(own.restrictions.of(OWNER)?.version, 7);
  });

  test('restricts its owner again while the replicas apply an earlier restriction', () => {
    const { cache, own } = setUp();
    own.restrictions.begin();
    for (const name of ['a', 'b']) cache.deliver(rule(name, 5));
    cache.deliverRemoval(rule('a', 5), 9);
    const seen = own.restrictions.of(OWNER);
    cache.deliverRemoval(rule('b', 5), 10);
    assert.ok(seen);
    assert.equal(own.restrictions.acknowledge(OWNER, seen), false);
    assert.equal(own.restrictions.of(OWNER)?.version, 10);
  });

  test('is ignored while another process leads', () => {
    const { cache, own } = setUp();
    cache.deliver(rule('a', 5));
    cache.deliverRemoval(rule('a', 5), 9);
    assert.equal(own.restrictions.of(OWNER), undefined);
  });
});

describe('the wanted Rules', () => {
  test('are recognized as unchanged in any order, and as changed after a change', () => {
    const { own } = setUp();
    assert.equal(own.settle(OWNER, ['a', 'b']), false);
    assert.equal(own.settle(OWNER, ['b', 'a']), true);
    assert.equal(own.settle(OWNER, ['a']), false);
    own.forget(OWNER);
    assert.equal(own.settle(OWNER, ['a']), false);
  });
});
