import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { worlds } from '../../test/support/random-rules.ts';
import { decide } from '../engine/decide.ts';
import { RuleIndex } from '../engine/rule-index.ts';
import type { RuleLine } from '../rules/line.ts';
import { type RuleObject, ruleObject } from '../rules/rule-object.ts';
import { RuleAdapter } from './adapter.ts';
import { newRuleEnforcer, type RuleEnforcer, StaleRulesError } from './enforcer.ts';
import type { RuleFilter } from './filter.ts';

const OWNER = { kind: 'Policy', name: 'pol-a', uid: 'u1' };
const rulesOf = (lines: readonly RuleLine[]): RuleObject[] => lines.map((line) => ruleObject(OWNER, line));

const edge = (member: string, of: string, domain = '*'): RuleLine => ({ ptype: 'g', member, of, domain });
const permission = (policy: string, effect: 'allow' | 'deny', action = '*'): RuleLine => ({
  ptype: 'p',
  policy,
  domain: '*',
  object: '*',
  action,
  effect,
});

/** An enforcer over a list of Rules that the test replaces. */
async function over(
  lines: readonly RuleLine[],
  more: { filter?: RuleFilter; isCurrent?: () => boolean } = {},
): Promise<{
  enforcer: RuleEnforcer;
  world: { read: () => Promise<readonly RuleObject[]> };
}> {
  const world = { read: () => Promise.resolve<readonly RuleObject[]>(rulesOf(lines)) };
  const adapter = new RuleAdapter({ source: { read: () => world.read() } });
  return { enforcer: await newRuleEnforcer({ adapter, ...more }), world };
}

test('the enforcer decides as the engine does', async () => {
  const verdicts = { allow: 0, deny: 0, none: 0 };
  await fc.assert(
    fc.asyncProperty(worlds(40), async ({ lines, asked }) => {
      const { enforcer } = await over(lines);
      const index = new RuleIndex();
      lines.forEach((line, i) => index.set(line, { rule: `r${i}`, ownerKind: '', ownerName: '' }));
      for (const { subject, domain, object, action } of asked) {
        const { verdict } = decide(index, { subjects: [subject], domain, object, action }, 0);
        assert.equal(
          enforcer.enforceSync(subject, domain, object, action),
          verdict === 'allow',
          JSON.stringify({ lines, subject, domain, object, action }),
        );
        const both = { subjects: [subject, 'grp'], domain, object, action };
        assert.equal(enforcer.decide(both), decide(index, both, 0).verdict);
        verdicts[verdict] += 1;
      }
    }),
    { numRuns: 100 },
  );
  for (const count of Object.values(verdicts)) assert.ok(count > 40, JSON.stringify(verdicts));
});

test('a deny of one subject of a requester wins over the allow of another', async () => {
  const { enforcer } = await over([
    permission('yes', 'allow'),
    permission('no', 'deny', 'delete*'),
    edge('u', 'yes'),
    edge('grp', 'no'),
  ]);
  const ask = (action: string, ...subjects: string[]): string =>
    enforcer.decide({ subjects, domain: '', object: 'x', action });
  assert.deepEqual(
    [ask('deletePod', 'u', 'grp'), ask('deletePod', 'grp', 'u'), ask('getPod', 'grp', 'u')],
    ['deny', 'deny', 'allow'],
  );
  assert.deepEqual([ask('deletePod', 'u'), ask('getPod', 'grp'), ask('getPod')], ['allow', 'none', 'none']);
});

test('enforce, enforceEx and batchEnforce agree', async () => {
  const { enforcer } = await over([permission('yes', 'allow'), edge('u', 'yes')]);
  const [mine, another] = [
    ['u', '', 'x', 'getPod'],
    ['v', '', 'x', 'getPod'],
  ];
  assert.deepEqual([await enforcer.enforce(...mine), await enforcer.enforce(...another)], [true, false]);
  assert.deepEqual(await enforcer.enforceEx(...mine), [true, ['yes', '*', '*', '*', 'allow']]);
  assert.deepEqual(await enforcer.batchEnforce([mine, another]), [true, false]);
});

test('without a rule nothing is allowed, not even the empty request', async () => {
  const { enforcer } = await over([]);
  assert.equal(enforcer.enforceSync('', '', '', ''), false);
  assert.deepEqual(await enforcer.enforceEx('', '', '', ''), [false, []]);
});

test('every decision during a load is by the old rules or by the new ones', async () => {
  // The old rules deny by one policy, the new ones by another, and both edges come last. Both allow it to w.
  const state = (no: string): RuleLine[] => [
    permission('yes', 'allow'),
    permission(no, 'deny'),
    edge('u', 'yes'),
    edge('w', 'yes'),
    ...Array.from({ length: 50 }, (_, i) => edge('v', `r${i}`)),
    edge('u', no),
  ];
  const { enforcer, world } = await over(state('no-1'));
  world.read = (): Promise<RuleObject[]> => Promise.resolve(rulesOf(state('no-2')));
  const answers: Promise<boolean>[] = [];
  const flight = { over: false };
  const load = enforcer.loadPolicy().finally(() => (flight.over = true));
  while (!flight.over) {
    assert.deepEqual(
      [enforcer.enforceSync('u', '', 'x', 'getPod'), enforcer.enforceSync('w', '', 'x', 'getPod')],
      [false, true],
    );
    answers.push(enforcer.enforce('u', '', 'x', 'getPod'));
    await Promise.resolve();
  }
  await load;
  assert.ok(answers.length > 50, 'the load took several turns');
  assert.deepEqual([...new Set(await Promise.all(answers))], [false]);
  assert.deepEqual(
    (await enforcer.getPolicy()).map(([policy]) => policy),
    ['yes', 'no-2'],
  );
});

test('a failed load keeps the old rules, and the next load works', async () => {
  const { enforcer, world } = await over([permission('yes', 'allow'), edge('u', 'yes')]);
  world.read = (): Promise<never> => Promise.reject(new Error('no connection'));
  await assert.rejects(enforcer.loadPolicy(), /no connection/);
  assert.equal(enforcer.enforceSync('u', '', 'x', 'getPod'), true);
  world.read = (): Promise<RuleObject[]> => Promise.resolve([]);
  await enforcer.loadPolicy();
  assert.equal(enforcer.enforceSync('u', '', 'x', 'getPod'), false);
});

test('the later of two loads wins, even if it reads faster', async () => {
  const { enforcer, world } = await over([]);
  let answer: (rules: RuleObject[]) => void = () => {};
  const slow = new Promise<RuleObject[]>((resolve) => (answer = resolve));
  world.read = (): Promise<RuleObject[]> => slow;
  const first = enforcer.loadPolicy();
  await new Promise(setImmediate);
  world.read = (): Promise<RuleObject[]> => Promise.resolve([]);
  const second = enforcer.loadPolicy();
  answer(rulesOf([permission('yes', 'allow'), edge('u', 'yes')]));
  await Promise.all([first, second]);
  assert.equal(enforcer.enforceSync('u', '', 'x', 'getPod'), false);
});

test('a reload keeps the filters until all lines are loaded', async () => {
  const { enforcer } = await over([permission('yes', 'allow'), edge('u', 'yes'), edge('v', 'yes')], {
    filter: { ptype: 'p' },
  });
  const members = async (): Promise<(string | undefined)[]> =>
    (await enforcer.getGroupingPolicy()).map(([member]) => member);
  await enforcer.reload();
  assert.deepEqual([await members(), enforcer.isFiltered()], [[], true]);
  await enforcer.loadIncrementalFilteredPolicy({ ptype: 'g', values: ['u'] });
  await enforcer.reload();
  assert.deepEqual([await members(), (await enforcer.getPolicy()).length], [['u'], 1]);
  await enforcer.loadPolicy();
  await enforcer.reload();
  assert.deepEqual([await members(), enforcer.isFiltered()], [['u', 'v'], false]);
});

test('while the rules may be stale, every decision throws', async () => {
  const cache = { isCurrent: true };
  const { enforcer } = await over([permission('yes', 'allow'), edge('u', 'yes')], { isCurrent: () => cache.isCurrent });
  assert.equal(await enforcer.enforce('u', '', 'x', 'getPod'), true);
  cache.isCurrent = false;
  await assert.rejects(enforcer.enforce('u', '', 'x', 'getPod'), StaleRulesError);
  assert.throws(() => enforcer.decide({ subjects: ['u'], domain: '', object: 'x', action: 'getPod' }), StaleRulesError);
});

test('a role twenty edges away still denies', async () => {
  const far = Array.from({ length: 20 }, (_, i) => edge(`r${i}`, `r${i + 1}`));
  const { enforcer } = await over([
    permission('yes', 'allow'),
    permission('r20', 'deny'),
    edge('u', 'yes'),
    edge('u', 'r0'),
    ...far,
  ]);
  assert.equal(enforcer.enforceSync('u', '', 'x', 'getPod'), false);
});
