/** The adapter writes the Rules of one owner. The API server is a stub with a list of Rules. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { newModelFromString } from 'casbin';
import type { KubeObject, Resource } from '../../api/object.ts';
import type { ListOptions } from '../../runtime/client/client.ts';
import { ApiError } from '../../runtime/errors.ts';
import type { RuleLine } from '../rules/line.ts';
import { type Owner, type RuleObject, ruleObject } from '../rules/rule-object.ts';
import { NotWritableError, RuleAdapter } from './adapter.ts';
import { newRuleEnforcer, type RuleEnforcer } from './enforcer.ts';
import type { RuleClient } from './owned-rules.ts';

const OWN = { kind: 'Grant', name: 'gnt-own', uid: 'u1' };
const OTHER = { kind: 'Policy', name: 'pol-other', uid: 'u2' };
const NOON = Date.parse('2030-01-01T12:00:00Z');

const edge = (member: string, of = 'pol-a', notAfter?: string): RuleLine => ({
  ptype: 'g',
  member,
  of,
  domain: '*',
  ...(notAfter === undefined ? {} : { notAfter }),
});
const permission = (policy: string, effect: 'allow' | 'deny'): RuleLine => ({
  ptype: 'p',
  policy,
  domain: '*',
  object: '*',
  action: 'getPod',
  effect,
});

/** The requests that writing needs, and a log of the writes. */
class StubApi implements RuleClient {
  readonly rules = new Map<string, RuleObject>();
  readonly writes: string[] = [];
  /** Runs before the server answers a get. */
  beforeGet: () => void = () => {};

  hold(owner: Owner, ...lines: RuleLine[]): this {
    for (const line of lines) this.#put(ruleObject(owner, line));
    return this;
  }

  /** Every Rule with its owner, sorted. */
  held(): string[] {
    return [...this.rules.values()].map(shown).sort();
  }

  async list<T extends KubeObject>(_: Resource<T>, { labelSelector = '' }: ListOptions = {}): Promise<T[]> {
    const wanted = labelSelector
      .split(',')
      .filter((each) => each !== '')
      .map((each) => each.split('='));
    const found = [...this.rules.values()].filter(({ metadata }) =>
      wanted.every(([key = '', value]) => metadata.labels?.[key] === value),
    );
    return found as unknown as T[];
  }

  async get<T extends KubeObject>(_: Resource<T>, { name }: { name: string }): Promise<T | undefined> {
    this.beforeGet();
    return this.rules.get(name) as T | undefined;
  }

  async create<T extends KubeObject>(_: Resource<T>, object: T): Promise<T> {
    const rule = object as unknown as RuleObject;
    if (this.rules.has(rule.metadata.name)) throw new ApiError(409, 'AlreadyExists', 'it exists');
    this.writes.push(`+ ${shown(rule)}`);
    this.#put(rule);
    return object;
  }

  async delete(_: Resource, { name }: { name: string }, preconditions?: { uid?: string }): Promise<void> {
    const rule = this.rules.get(name);
    assert.ok(rule !== undefined && preconditions?.uid === rule.metadata.uid, 'deleted by its uid');
    this.writes.push(`- ${shown(rule)}`);
    this.rules.delete(name);
  }

  #put(rule: RuleObject): void {
    this.rules.set(rule.metadata.name, {
      ...rule,
      metadata: { ...rule.metadata, uid: `uid-of-${rule.metadata.name}` },
    });
  }
}

function shown({ metadata, spec }: RuleObject): string {
  const values =
    spec.ptype === 'p'
      ? [spec.v0, spec.v4]
      : [spec.v0, spec.v1, ...(spec.notAfter === undefined ? [] : [spec.notAfter])];
  return `${metadata.ownerReferences?.[0]?.name ?? 'nobody'}: ${values.join(' ')}`;
}

async function open(api: StubApi, owner: Owner | undefined): Promise<{ adapter: RuleAdapter; enforcer: RuleEnforcer }> {
  const read = (): Promise<RuleObject[]> => Promise.resolve([...api.rules.values()]);
  const writeAs = owner === undefined ? undefined : { client: api, owner };
  const adapter = new RuleAdapter({ source: { read }, writeAs, now: () => NOON });
  return { adapter, enforcer: await newRuleEnforcer({ adapter }) };
}

const WRITES: Record<string, (enforcer: RuleEnforcer) => Promise<unknown>> = {
  addPolicy: (enforcer) => enforcer.addPolicy('pol-a', '*', '*', '*', 'allow'),
  addGroupingPolicies: (enforcer) => enforcer.addGroupingPolicies([['eve', 'pol-a', '*']]),
  removePolicy: (enforcer) => enforcer.removePolicy('pol-a', '*', '*', 'getPod', 'allow'),
  removeGroupingPolicies: (enforcer) => enforcer.removeGroupingPolicies([['u', 'pol-a', '*']]),
  removeFilteredPolicy: (enforcer) => enforcer.removeFilteredPolicy(0, 'pol-a'),
  updatePolicy: (enforcer) => enforcer.updateGroupingPolicy(['u', 'pol-a', '*'], ['eve', 'pol-a', '*']),
  savePolicy: (enforcer) => enforcer.savePolicy(),
};
for (const [name, write] of Object.entries(WRITES)) {
  test(`an adapter without writeAs refuses ${name}, and the enforcer keeps its lines`, async () => {
    const api = new StubApi().hold(OTHER, permission('pol-a', 'allow'), edge('u'));
    const { enforcer } = await open(api, undefined);
    await assert.rejects(write(enforcer), name === 'updatePolicy' ? /UpdatableAdapter/ : NotWritableError);
    assert.deepEqual(
      [await enforcer.getPolicy(), await enforcer.getGroupingPolicy()],
      [[['pol-a', '*', '*', 'getPod', 'allow']], [['u', 'pol-a', '*']]],
    );
    assert.deepEqual(api.writes, []);
  });
}

test('the refusal says which objects to apply instead', async () => {
  const { adapter } = await open(new StubApi(), undefined);
  await assert.rejects(adapter.addPolicy('g', 'g', ['u', 'pol-a', '*']), /apply a Policy, Role, Group/);
});

test('an owner of a kind that owns no Rules is refused', async () => {
  await assert.rejects(open(new StubApi(), { ...OWN, kind: 'Project' }), /a Project can't own Rules/);
});

test('added lines become Rules of the owner, and the enforcer decides by them', async () => {
  const api = new StubApi();
  const { enforcer } = await open(api, OWN);
  assert.equal(await enforcer.addPolicy('pol-a', '*', '*', 'getPod', 'allow'), true);
  assert.equal(
    await enforcer.addGroupingPolicies([
      ['u', 'pol-a', '*'],
      ['v', 'pol-a', '*'],
    ]),
    true,
  );
  assert.deepEqual(api.held(), ['gnt-own: pol-a allow', 'gnt-own: u pol-a', 'gnt-own: v pol-a']);
  assert.equal(enforcer.enforceSync('v', '', 'x', 'getPod'), true);
  await enforcer.reload();
  assert.equal(enforcer.enforceSync('v', '', 'x', 'getPod'), true);
});

test('a Rule that exists is fine, and a Rule of an earlier owner of the same name is an error', async () => {
  const api = new StubApi().hold(OWN, edge('u'));
  const { adapter } = await open(api, OWN);
  await adapter.addPolicy('g', 'g', ['u', 'pol-a', '*']);
  assert.deepEqual(api.writes, []);
  const earlier = new StubApi().hold({ ...OWN, uid: 'before' }, edge('u'));
  await assert.rejects(
    (await open(earlier, OWN)).adapter.addPolicy('g', 'g', ['u', 'pol-a', '*']),
    /an earlier Grant gnt-own/,
  );
});

test('a Rule that is deleted between the refused create and the read is created', async () => {
  const api = new StubApi().hold({ ...OWN, uid: 'before' }, edge('u'));
  const { adapter } = await open(api, OWN);
  api.beforeGet = () => api.rules.clear();
  await adapter.addPolicy('g', 'g', ['u', 'pol-a', '*']);
  assert.deepEqual(api.held(), ['gnt-own: u pol-a']);
});

test('an invalid line is refused before anything is written', async () => {
  const api = new StubApi();
  const { enforcer } = await open(api, OWN);
  await assert.rejects(
    enforcer.addGroupingPolicies([
      ['u', 'pol-a', '*'],
      ['v', 'pol-a'],
    ]),
  );
  assert.deepEqual(api.writes, []);
});

test('edges to denies are added first and removed last', async () => {
  const api = new StubApi().hold(OTHER, permission('pol-yes', 'allow'), permission('pol-no', 'deny'));
  const { enforcer } = await open(api, OWN);
  const edges = [
    ['u', 'pol-yes', '*'],
    ['u', 'rol-a', '*'],
    ['u', 'pol-no', '*'],
  ];
  await enforcer.addGroupingPolicies(edges);
  await enforcer.removeGroupingPolicies(edges);
  const order = ['pol-no', 'rol-a', 'pol-yes'];
  const removed = ['pol-yes', 'rol-a', 'pol-no'];
  assert.deepEqual(api.writes, [
    ...order.map((of) => `+ gnt-own: u ${of}`),
    ...removed.map((of) => `- gnt-own: u ${of}`),
  ]);
});

test('own lines are removed, lines of other owners are not', async () => {
  const api = new StubApi().hold(OWN, edge('u'), edge('v')).hold(OTHER, edge('w'));
  const { enforcer } = await open(api, OWN);
  await assert.rejects(
    enforcer.removeGroupingPolicies([
      ['u', 'pol-a', '*'],
      ['w', 'pol-a', '*'],
    ]),
    /another owner: Policy pol-other/,
  );
  assert.deepEqual(api.writes, []);
  assert.equal((await enforcer.getGroupingPolicy()).length, 3);
  assert.equal(await enforcer.removeGroupingPolicy('u', 'pol-a', '*'), true);
  assert.deepEqual(api.held(), ['gnt-own: v pol-a', 'pol-other: w pol-a']);
});

test('a line that another owner has too loses the own Rule, and stays in the enforcer', async () => {
  const api = new StubApi().hold(OWN, edge('u')).hold(OTHER, edge('u'));
  const { enforcer } = await open(api, OWN);
  await assert.rejects(enforcer.removeGroupingPolicy('u', 'pol-a', '*'), /Policy pol-other/);
  assert.deepEqual(api.held(), ['pol-other: u pol-a']);
  assert.deepEqual(await enforcer.getGroupingPolicy(), [['u', 'pol-a', '*']]);
});

test('a filtered removal removes matching lines, expired ones too, and nothing without values', async () => {
  const api = new StubApi()
    .hold(OWN, edge('u'), edge('u', 'pol-b', '2029-01-01T00:00:00Z'), edge('v'))
    .hold(OTHER, edge('w'));
  const { enforcer, adapter } = await open(api, OWN);
  await adapter.removeFilteredPolicy('g', 'g', 0);
  assert.deepEqual(api.writes, []);
  assert.equal(await enforcer.removeFilteredGroupingPolicy(0, 'u'), true);
  assert.deepEqual(api.held(), ['gnt-own: v pol-a', 'pol-other: w pol-a']);
  await assert.rejects(enforcer.removeFilteredGroupingPolicy(1, 'pol-a'), NotWritableError);
  assert.deepEqual(api.held(), ['gnt-own: v pol-a', 'pol-other: w pol-a']);
});

test('saving makes the lines of the model that no other owner has the own Rules, and keeps their ends', async () => {
  const later = '2031-01-01T00:00:00Z';
  const api = new StubApi()
    .hold(OWN, edge('gone'), edge('stays'), edge('bounded', 'pol-a', later))
    .hold(OTHER, edge('w'));
  const { enforcer } = await open(api, OWN);
  enforcer.enableAutoSave(false);
  await enforcer.removeGroupingPolicy('gone', 'pol-a', '*');
  await enforcer.addGroupingPolicy('new', 'pol-a', '*');
  assert.equal(await enforcer.savePolicy(), true);
  assert.deepEqual(api.held(), [
    'gnt-own: bounded pol-a 2031-01-01T00:00:00Z',
    'gnt-own: new pol-a',
    'gnt-own: stays pol-a',
    'pol-other: w pol-a',
  ]);
  api.writes.length = 0;
  await enforcer.savePolicy();
  assert.deepEqual(api.writes, []);
});

test('a line that another owner has removed since the load is not saved as an own line', async () => {
  const api = new StubApi().hold(OTHER, edge('w'));
  const { enforcer } = await open(api, OWN);
  api.rules.clear();
  await enforcer.savePolicy();
  assert.deepEqual(api.held(), []);
});

test('a filtered load cannot be saved: the other Rules would be deleted', async () => {
  const api = new StubApi().hold(OWN, edge('u'), edge('v'));
  const { enforcer, adapter } = await open(api, OWN);
  const model = newModelFromString(enforcer.modelText);
  await adapter.loadFilteredPolicy(model, { values: ['u'] });
  await assert.rejects(adapter.savePolicy(model), NotWritableError);
  assert.equal(api.rules.size, 2);
});
