import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Rule } from '../../api/auth/rule.ts';
import type { Change, Informer } from '../../runtime/cache/informer.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import { type RuleObject, ruleObject } from '../rules/rule-object.ts';
import { RuleAdapter } from './adapter.ts';
import { newRuleEnforcer } from './enforcer.ts';
import { cachedRules } from './rule-source.ts';
import { RuleWatcher } from './watcher.ts';

const OWNER = { kind: 'Grant', name: 'gnt-a', uid: 'u1' };
const edge = (member: string, notAfter?: string): Rule =>
  asRule(
    ruleObject(OWNER, {
      ptype: 'g',
      member,
      of: 'pol-a',
      domain: '*',
      ...(notAfter === undefined ? {} : { notAfter }),
    }),
  );
const permission = asRule(
  ruleObject(OWNER, { ptype: 'p', policy: 'pol-a', domain: '*', object: '*', action: '*', effect: 'allow' }),
);

function asRule({ metadata, spec }: RuleObject): Rule {
  return { apiVersion: 'auth.tkestack.io/v1', kind: 'Rule', metadata, spec: { ...spec } };
}

/** A cache that the test changes. */
class FakeCache implements Pick<Informer<Rule>, 'onChange' | 'store' | 'synced'> {
  readonly store = new IndexedStore<Rule>();
  readonly synced = Promise.resolve();
  #handler: (change: Change<Rule>) => void = () => {};

  onChange(handler: (change: Change<Rule>) => void): void {
    this.#handler = handler;
  }

  put(...rules: Rule[]): void {
    for (const object of rules) {
      this.store.set(object.metadata.name, object);
      this.#handler({ type: 'added', object });
    }
  }

  drop(object: Rule): void {
    this.store.delete(object.metadata.name);
    this.#handler({ type: 'deleted', object });
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

function watched(t: TestContext, now?: () => number): { cache: FakeCache; watcher: RuleWatcher; errors: unknown[] } {
  const [cache, errors] = [new FakeCache(), [] as unknown[]];
  const watcher = new RuleWatcher(cache, { onError: (error) => errors.push(error), now });
  t.after(() => watcher.close());
  return { cache, watcher, errors };
}

test('many changes in one turn result in one call, and a later change in another', async (t) => {
  const { cache, watcher } = watched(t);
  let calls = 0;
  watcher.setUpdateCallback(() => (calls += 1));
  cache.put(edge('a'), edge('b'));
  await Promise.resolve();
  cache.put(edge('c'));
  assert.equal(calls, 0);
  await turns();
  assert.equal(calls, 1);
  cache.drop(edge('a'));
  await turns();
  assert.equal(calls, 2);
});

test('calls never overlap, and changes during a call result in one more', async (t) => {
  const { cache, watcher } = watched(t);
  const running: (() => void)[] = [];
  let [active, most] = [0, 0];
  watcher.setUpdateCallback(async () => {
    most = Math.max(most, ++active);
    await new Promise<void>((resolve) => running.push(resolve));
    active -= 1;
  });
  cache.put(edge('a'));
  await turns();
  for (const member of ['b', 'c', 'd']) {
    cache.put(edge(member));
    await turns();
  }
  assert.equal(running.length, 1);
  running[0]?.();
  await turns();
  assert.equal(running.length, 2);
  running[1]?.();
  await turns();
  assert.deepEqual([running.length, most], [2, 1]);
});

test('changes before the callback was set trigger it then', async (t) => {
  const { cache, watcher } = watched(t);
  cache.put(edge('a'));
  await turns();
  let calls = 0;
  watcher.setUpdateCallback(() => (calls += 1));
  await turns();
  assert.equal(calls, 1);
});

for (const [how, fail] of Object.entries({
  throws: (): never => {
    throw new Error('no');
  },
  rejects: (): Promise<never> => Promise.reject(new Error('no')),
})) {
  test(`a call that ${how} is reported, and retried until it succeeds`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const { cache, watcher, errors } = watched(t);
    let calls = 0;
    watcher.setUpdateCallback(() => ((calls += 1) < 3 ? fail() : undefined));
    cache.put(edge('a'));
    await turns();
    assert.deepEqual([calls, errors.length], [1, 1]);
    for (let i = 0; i < 4; i++) {
      t.mock.timers.tick(30_000);
      await turns();
    }
    assert.deepEqual([calls, errors.length], [3, 2]);
    cache.put(edge('b'));
    await turns();
    assert.equal(calls, 4);
  });
}

test('an expiry results in a call, and the enforcer refuses', async (t) => {
  const start = Date.parse('2030-01-01T00:00:00Z');
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: start });
  const { cache, watcher } = watched(t);
  // Longer than the longest delay of a Node timer.
  cache.put(permission, edge('u', '2030-02-01T00:00:00Z'), edge('v'));
  const enforcer = await newRuleEnforcer({ adapter: new RuleAdapter({ source: cachedRules(cache) }), watcher });
  const may = (subject: string): boolean => enforcer.enforceSync(subject, '', 'x', 'getPod');
  await turns();
  t.mock.timers.tick(30 * 86_400_000);
  await turns();
  assert.deepEqual([may('u'), may('v')], [true, true]);
  t.mock.timers.tick(86_400_000);
  await turns();
  assert.deepEqual([may('u'), may('v')], [false, true]);
});

test('a change reaches the enforcer', async (t) => {
  const { cache, watcher } = watched(t);
  cache.put(permission, edge('u'));
  const enforcer = await newRuleEnforcer({ adapter: new RuleAdapter({ source: cachedRules(cache) }), watcher });
  cache.drop(edge('u'));
  cache.put(edge('v'));
  await turns();
  assert.deepEqual(
    await enforcer.batchEnforce([
      ['u', '', 'x', 'getPod'],
      ['v', '', 'x', 'getPod'],
    ]),
    [false, true],
  );
});

test('a change of casbin itself results in no call', async (t) => {
  assert.equal(await watched(t).watcher.update(), true);
});

test('a closed watcher makes no calls', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
  const { cache, watcher } = watched(t);
  let calls = 0;
  watcher.setUpdateCallback(() => (calls += 1));
  cache.put(edge('u', '1970-01-02T00:00:00Z'));
  await turns();
  cache.put(edge('v'));
  watcher.close();
  cache.put(edge('w'));
  await turns();
  t.mock.timers.tick(2 * 86_400_000);
  await turns();
  assert.equal(calls, 1);
});
