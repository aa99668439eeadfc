/** What a process knows of its own Rules while its cache lags behind: the cache is a stub whose events come when told. */
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

class LaggingCache {
  readonly store = new IndexedStore<Rule>({ [BY_OWNER]: () => [OWNER] });
  version = 0;
  #handler: (change: Change<Rule>) => void = () => {};

  onChange(handler: (change: Change<Rule>) => void): void {
    this.#handler = handler;
  }

  tellsOf(object: Rule): void {
    this.version = Number(object.metadata.resourceVersion);
    this.store.set(object.metadata.name, object);
    this.#handler({ type: 'added', object });
  }

  tellsOfReplacement(old: Rule, object: Rule): void {
    this.version = Number(object.metadata.resourceVersion);
    this.store.set(object.metadata.name, object);
    this.#handler({ type: 'updated', object, old });
  }

  tellsOfRemoval(object: Rule, version: number): void {
    this.version = version;
    this.store.delete(object.metadata.name);
    this.#handler({
      type: 'deleted',
      object: { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } },
      old: object,
    });
  }
}

function setUp(): { cache: LaggingCache; own: OwnRules; names: () => string[] } {
  const cache = new LaggingCache();
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
  const restriction = own.restriction(OWNER);
  assert.ok(restriction);
  assert.ok(own.acknowledge(OWNER, restriction));
}

describe('the Rules of an owner', () => {
  test('hold what was written, before and after the cache tells of it', () => {
    const { cache, own, names } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    assert.deepEqual(names(), ['a']);
    cache.tellsOf(rule('a', 5));
    assert.deepEqual(names(), ['a']);
  });

  test('no longer hold what was removed, though the cache still does', () => {
    const { cache, own, names } = setUp();
    cache.tellsOf(rule('a', 5));
    own.removed(OWNER, rule('a', 5));
    assert.deepEqual(names(), []);
    cache.tellsOfRemoval(rule('a', 5), 6);
    assert.deepEqual(names(), []);
  });

  test('no longer hold what was written and removed before the cache told of either', () => {
    const { cache, own, names } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    own.removed(OWNER, rule('a', 5));
    assert.deepEqual(names(), []);
    cache.tellsOf(rule('a', 5));
    assert.deepEqual(names(), []);
    cache.tellsOfRemoval(rule('a', 5), 6);
    assert.deepEqual(names(), []);
  });

  test('hold what somebody else has made again, once the cache tells of it', () => {
    const { cache, own, names } = setUp();
    cache.tellsOf(rule('a', 5));
    own.removed(OWNER, rule('a', 5));
    cache.tellsOf(rule('a', 9, 'another'));
    assert.deepEqual(names(), ['a']);
  });

  test('are what the cache says once it has come past what was written', () => {
    const { cache, own, names } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    // Written, and removed by somebody else before a full read: the cache never held it.
    cache.version = 8;
    assert.deepEqual(names(), []);
  });
});

describe('a restriction', () => {
  test('is open until the cache tells of the removal, and then has its version', () => {
    const { cache, own } = setUp();
    cache.tellsOf(rule('a', 5));
    own.removed(OWNER, rule('a', 5));
    assert.equal(own.restriction(OWNER)?.open, 1);
    cache.tellsOfRemoval(rule('a', 5), 12);
    assert.deepEqual(
      { open: own.restriction(OWNER)?.open, version: own.restriction(OWNER)?.version },
      { open: 0, version: 12 },
    );
    acknowledge(own);
    assert.equal(own.restriction(OWNER), undefined);
  });

  test('is closed when the Rule was made again before the cache told of its removal', () => {
    const { cache, own } = setUp();
    cache.tellsOf(rule('a', 5));
    own.removed(OWNER, rule('a', 5));
    own.wrote(OWNER, rule('a', 9, 'another'), false);
    cache.tellsOfReplacement(rule('a', 5), rule('a', 9, 'another'));
    assert.equal(own.restriction(OWNER)?.open, 0);
  });

  test('is closed when the cache was read anew and never held the Rule', () => {
    const { cache, own } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    own.removed(OWNER, rule('a', 5));
    assert.equal(own.restriction(OWNER)?.open, 1);
    cache.version = 8;
    assert.deepEqual(
      { open: own.restriction(OWNER)?.open, version: own.restriction(OWNER)?.version },
      { open: 0, version: 8 },
    );
  });

  test('is known when the cache told of the removal before the server answered', () => {
    const { cache, own } = setUp();
    cache.tellsOf(rule('a', 5));
    cache.tellsOfRemoval(rule('a', 5), 6);
    own.removed(OWNER, rule('a', 5));
    assert.deepEqual(
      { open: own.restriction(OWNER)?.open, version: own.restriction(OWNER)?.version },
      { open: 0, version: 6 },
    );
  });

  test('comes from a denial that was written, too, and from no other line', () => {
    const { own } = setUp();
    own.wrote(OWNER, rule('a', 5), false);
    assert.equal(own.restriction(OWNER), undefined);
    own.wrote(OWNER, rule('d', 7), true);
    assert.equal(own.restriction(OWNER)?.version, 7);
  });

  test('is taken for possible where a process before may have made one, until that was seen everywhere once', () => {
    const { cache, own } = setUp();
    own.suspect(OWNER);
    assert.equal(own.restriction(OWNER), undefined);
    cache.version = 20;
    own.begin();
    own.suspect(OWNER);
    assert.equal(own.restriction(OWNER)?.version, 20);
    acknowledge(own);
    own.suspect('Policy/pol-b');
    assert.equal(own.restriction('Policy/pol-b'), undefined);
  });
});

describe('a Rule that somebody else takes away', () => {
  test('is a restriction of its owner, though nothing is suspected any more', () => {
    const { cache, own } = setUp();
    own.begin();
    cache.tellsOf(rule('a', 5));
    cache.tellsOfRemoval(rule('a', 5), 9);
    assert.deepEqual(
      { open: own.restriction(OWNER)?.open, version: own.restriction(OWNER)?.version },
      { open: 0, version: 9 },
    );
  });

  test('also when the cache was read anew and never held it', () => {
    const { cache, own, names } = setUp();
    own.begin();
    own.wrote(OWNER, rule('a', 5), false);
    cache.version = 8;
    assert.deepEqual(names(), []);
    assert.equal(own.restriction(OWNER)?.version, 8);
  });

  test('also when it is changed so that it no longer counts', () => {
    const { cache, own } = setUp();
    own.begin();
    const written = ruleObject(
      { kind: 'Policy', name: 'pol-a', uid: 'u' },
      { ptype: 'g', member: 'a##user##ann', of: 'pol-a', domain: '*' },
    );
    const changed = (version: number, v0: string): Rule => ({
      ...rule('a', version),
      metadata: { ...written.metadata, uid: 'x', resourceVersion: String(version) },
      spec: { ...written.spec, v0 },
    });
    cache.tellsOf(changed(5, 'a##user##ann'));
    cache.tellsOfReplacement(changed(5, 'a##user##ann'), changed(6, 'a##user##ann'));
    assert.equal(own.restriction(OWNER), undefined);
    cache.tellsOfReplacement(changed(6, 'a##user##ann'), changed(7, 'a##user##ben'));
    assert.equal(own.restriction(OWNER)?.version, 7);
  });

  test('counts anew when it goes while another restriction is being seen everywhere', () => {
    const { cache, own } = setUp();
    own.begin();
    for (const name of ['a', 'b']) cache.tellsOf(rule(name, 5));
    cache.tellsOfRemoval(rule('a', 5), 9);
    const seen = own.restriction(OWNER);
    cache.tellsOfRemoval(rule('b', 5), 10);
    assert.ok(seen);
    assert.equal(own.acknowledge(OWNER, seen), false);
    assert.equal(own.restriction(OWNER)?.version, 10);
  });

  test("is nobody's concern while another process leads", () => {
    const { cache, own } = setUp();
    cache.tellsOf(rule('a', 5));
    cache.tellsOfRemoval(rule('a', 5), 9);
    assert.equal(own.restriction(OWNER), undefined);
  });
});

describe('the wanted Rules', () => {
  test('are known to be the same as before, in whatever order, and as others after a change', () => {
    const { own } = setUp();
    assert.equal(own.settle(OWNER, ['a', 'b']), false);
    assert.equal(own.settle(OWNER, ['b', 'a']), true);
    assert.equal(own.settle(OWNER, ['a']), false);
    own.forget(OWNER);
    assert.equal(own.settle(OWNER, ['a']), false);
  });
});
