/** Which Rules become lines of a casbin model. The source is a list of Rules. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { newModelFromString } from 'casbin';
import type { Rule } from '../../api/auth/rule.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import type { RuleLine } from '../rules/line.ts';
import { type RuleObject, ruleObject } from '../rules/rule-object.ts';
import { RuleAdapter } from './adapter.ts';
import { readModelText } from './model.ts';
import { cachedRules } from './rule-source.ts';

const MODEL = await readModelText();
const POLICY = { kind: 'Policy', name: 'pol-a', uid: 'u1' };
const GRANT = { kind: 'Grant', name: 'gnt-a', uid: 'u2' };
const NOON = Date.parse('2030-01-01T12:00:00Z');

const permission = (object: string, action = 'getPod'): RuleLine => ({
  ptype: 'p',
  policy: 'pol-a',
  domain: '*',
  object,
  action,
  effect: 'allow',
});
const edge = (member: string, notAfter?: string): RuleLine => ({
  ptype: 'g',
  member,
  of: 'pol-a',
  domain: 'prj-1',
  ...(notAfter === undefined ? {} : { notAfter }),
});

function adapterOf(rules: readonly RuleObject[]): RuleAdapter {
  return new RuleAdapter({ source: { read: () => Promise.resolve(rules) }, now: () => NOON });
}

async function loaded(adapter: RuleAdapter, filter?: unknown): Promise<string[][]> {
  const model = newModelFromString(MODEL);
  await (filter === undefined ? adapter.loadPolicy(model) : adapter.loadFilteredPolicy(model, filter));
  return [...model.getPolicy('p', 'p'), ...model.getPolicy('g', 'g')];
}

test('values with commas, quotes, spaces and brackets are kept', async () => {
  const odd = ['a,b', '"quoted"', ' spaced ', '(a', '# no comment', ''];
  const rules = [
    ...odd.map((object) => ruleObject(POLICY, permission(object))),
    ruleObject(GRANT, edge('t##user##Smith, "J" (x')),
  ];
  assert.deepEqual(await loaded(adapterOf(rules)), [
    ...odd.map((object) => ['pol-a', '*', object, 'getPod', 'allow']),
    ['t##user##Smith, "J" (x', 'pol-a', 'prj-1'],
  ]);
});

test('a line of two owners is loaded once', async () => {
  assert.equal((await loaded(adapterOf([ruleObject(POLICY, edge('u')), ruleObject(GRANT, edge('u'))]))).length, 1);
});

test('a line with an expired and an unexpired Rule is loaded', async () => {
  const rules = [
    ruleObject(POLICY, edge('u', '2029-01-01T00:00:00Z')),
    ruleObject(GRANT, edge('u', '2031-01-01T00:00:00Z')),
  ];
  assert.deepEqual(await loaded(adapterOf(rules)), [['u', 'pol-a', 'prj-1']]);
});

test('Rules that are not honoured and expired Rules are left out', async () => {
  const byHand = { ...ruleObject(POLICY, permission('*')), metadata: { name: 'rul-by-hand' } };
  assert.deepEqual(await loaded(adapterOf([byHand, ruleObject(GRANT, edge('u', '2030-01-01T12:00:00Z'))])), []);
});

test('lines that the model has already are kept, and not duplicated', async () => {
  const adapter = adapterOf([ruleObject(GRANT, edge('u')), ruleObject(GRANT, edge('v'))]);
  const model = newModelFromString(MODEL);
  model.addPolicy('g', 'g', ['u', 'pol-a', 'prj-1']);
  await adapter.loadPolicy(model);
  assert.deepEqual(model.getPolicy('g', 'g'), [
    ['u', 'pol-a', 'prj-1'],
    ['v', 'pol-a', 'prj-1'],
  ]);
});

const RULES = [
  ruleObject(POLICY, permission('pod:*')),
  ruleObject(POLICY, permission('node:*', 'listNodes')),
  ruleObject(POLICY, edge('u')),
  ruleObject(GRANT, edge('v')),
];
const FILTERS: Record<string, { filter: unknown; loads: string[] }> = {
  'a type': { filter: { ptype: 'p' }, loads: ['pod:*', 'node:*'] },
  'a value': { filter: { values: ['v'] }, loads: ['v'] },
  'a value further on': { filter: { ptype: 'p', values: ['', '', '', 'listNodes'] }, loads: ['node:*'] },
  'an owner': { filter: { owner: { kind: 'Policy', name: 'pol-a' } }, loads: ['pod:*', 'node:*', 'u'] },
  'an owner of another kind': { filter: { owner: { kind: 'Role', name: 'pol-a' } }, loads: [] },
  'all of these': {
    filter: { ptype: 'g', values: ['', 'pol-a'], owner: { kind: 'Grant', name: 'gnt-a' } },
    loads: ['v'],
  },
  nothing: { filter: {}, loads: ['pod:*', 'node:*', 'u', 'v'] },
};
for (const [name, { filter, loads }] of Object.entries(FILTERS)) {
  test(`a filter by ${name} loads matching lines`, async () => {
    const lines = await loaded(adapterOf(RULES), filter);
    assert.deepEqual(
      lines.map((values) => (values.length === 5 ? values[2] : values[0])),
      loads,
    );
  });
}

test('an invalid filter is an error, and loads nothing', async () => {
  for (const filter of [undefined, 'p', { ptypes: 'p' }, { ptype: 'p2' }, { owner: { kind: 'Grant' } }, ['p']]) {
    await assert.rejects(
      adapterOf(RULES).loadFilteredPolicy(newModelFromString(MODEL), filter),
      /invalid filter/,
      JSON.stringify(filter),
    );
  }
});

test('isFiltered tells whether the last load was filtered', async () => {
  const adapter = adapterOf(RULES);
  assert.equal(adapter.isFiltered(), false);
  await loaded(adapter, { ptype: 'p' });
  assert.equal(adapter.isFiltered(), true);
  await loaded(adapter);
  assert.equal(adapter.isFiltered(), false);
});

test('a model of another shape is refused: its values would be misread', async () => {
  const [threeValues, noEdges] = [
    MODEL.replace('p = sub, dom, obj, act, eft', 'p = sub, obj, act'),
    MODEL.replace('g = _, _, _', 'g = _, _'),
  ];
  for (const text of [threeValues, noEdges])
    await assert.rejects(adapterOf(RULES).loadPolicy(newModelFromString(text)), /the model has no/);
});

test('a cached source waits until the cache is synced', async () => {
  const store = new IndexedStore<Rule>();
  let sync = (): void => {};
  const synced = new Promise<void>((resolve) => (sync = resolve));
  const reading = loaded(new RuleAdapter({ source: cachedRules({ synced, store }) }));
  const { metadata, spec } = ruleObject(GRANT, edge('u'));
  store.set('a', { apiVersion: 'auth.tkestack.io/v1', kind: 'Rule', metadata, spec: { ...spec } });
  sync();
  assert.equal((await reading).length, 1);
});
