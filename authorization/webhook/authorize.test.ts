/** What a reason tells, and to whom. (What is decided: test/matrix.) */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Namespace } from '../../api/business/namespace.ts';
import { HUB } from '../../api/installation.ts';
import { RuleIndex } from '../engine/rule-index.ts';
import type { RuleLine } from '../rules/line.ts';
import { type AuthorizerOptions, authorize } from './authorize.ts';
import type { Review } from './review.ts';
import { whomToAskIn } from './whom-to-ask.ts';

const p = (policy: string, action: string, object: string, effect: 'allow' | 'deny' = 'allow'): RuleLine => {
  return { ptype: 'p', policy, domain: '*', object, action, effect };
};
const g = (member: string, of: string, domain = '*', notAfter?: string): RuleLine =>
  notAfter === undefined ? { ptype: 'g', member, of, domain } : { ptype: 'g', member, of, domain, notAfter };
const user = (name: string, tenant = 'acme'): string => `${tenant}##user##${name}`;
const GROUP = 'acme##group##grp-devs';

/** Policies and roles own their lines, `gnt-x` all other edges. */
function indexOf(lines: readonly RuleLine[]): RuleIndex {
  const index = new RuleIndex();
  lines.forEach((line, i) => index.set(line, { rule: `rul-${i}`, ...ownerOf(line) }));
  return index;
}

function ownerOf(line: RuleLine): { ownerKind: string; ownerName: string } {
  if (line.ptype === 'p') return { ownerKind: 'Policy', ownerName: line.policy };
  return line.member.startsWith('rol-')
    ? { ownerKind: 'Role', ownerName: line.member }
    : { ownerKind: 'Grant', ownerName: 'gnt-x' };
}

const CLAIM: Namespace = {
  apiVersion: 'business.tkestack.io/v1',
  kind: 'Namespace',
  metadata: { name: 'dev', namespace: 'prj' },
  spec: { tenantID: 'acme', clusterName: HUB, namespace: 'dev' },
};
const optionsOf = (lines: readonly RuleLine[]): AuthorizerOptions => {
  const index = indexOf(lines);
  const claims = (key: string): Namespace[] => (key === 'global/dev' ? [CLAIM] : []);
  return {
    index,
    projects: { claims, project: () => undefined },
    chainsFor: 'rule-readers',
    whomToAsk: whomToAskIn(index, () => 0),
    nowMs: () => 0,
  };
};
const getPod = (name: string, groups: string[] = []): Review => ({
  apiVersion: 'v1',
  user: name,
  groups: ['tenant:acme', ...groups],
  extra: {},
  resource: { verb: 'get', group: '', resource: 'pods', subresource: '', namespace: 'dev', name: 'web' },
});

const BOUND = [
  g(user('bob'), GROUP),
  g(GROUP, 'rol-dev', 'prj'),
  g('rol-dev', 'pol-pods'),
  p('pol-pods', 'getPod', '*'),
];
const ASKED = 'bob of tenant acme, getPod on namespace:dev/pod:web in project prj';

const REASONS: Record<string, { lines: RuleLine[]; options?: Partial<AuthorizerOptions>; reason: string }> = {
  'an allow names the policy': {
    lines: BOUND,
    reason: `${ASKED}: allowed by Policy pol-pods, which allows getPod on *`,
  },
  'a denial names the policy': {
    lines: [...BOUND, g(GROUP, 'pol-no'), p('pol-no', 'get*', '*pod:*', 'deny')],
    reason: `${ASKED}: denied by Policy pol-no, which denies get* on *pod:*`,
  },
  'who may list Rules sees the chain': {
    lines: [...BOUND, g(user('bob'), 'pol-rules'), p('pol-rules', 'listRules', 'rule:*')],
    reason: `${ASKED}: allowed by Grant gnt-x → Role rol-dev → Policy pol-pods, which allows getPod on * (rule rul-3)`,
  },
  'who may list Rules in the project sees it there': {
    lines: [...BOUND, g(user('bob'), 'pol-rules', 'prj'), p('pol-rules', 'listRules', 'rule:*')],
    reason: `${ASKED}: allowed by Grant gnt-x → Role rol-dev → Policy pol-pods, which allows getPod on * (rule rul-3)`,
  },
  'in another project he does not': {
    lines: [...BOUND, g(user('bob'), 'pol-rules', 'other'), p('pol-rules', 'listRules', 'rule:*')],
    reason: `${ASKED}: allowed by Policy pol-pods, which allows getPod on *`,
  },
  'the switch shows it to everyone': {
    lines: BOUND,
    options: { chainsFor: 'everyone' },
    reason: `${ASKED}: allowed by Grant gnt-x → Role rol-dev → Policy pol-pods, which allows getPod on * (rule rul-3)`,
  },
  'a refusal names what is missing, and whom to ask': {
    lines: [
      g(user('bob'), 'pol-pods', 'other'),
      p('pol-pods', 'getPod', '*'),
      g(user('ann'), 'pol-admin'),
      p('pol-admin', 'createGrant', '*'),
    ],
    reason: `${ASKED}: no policy allows it; nearest is Policy pol-pods, which holds only in project other, and the object lies in project prj. Ask whoever administers tenant acme: ann.`,
  },
  'what has ended is said to have': {
    lines: [g(user('bob'), 'pol-pods', '*', '1969-01-01T00:00:00Z'), p('pol-pods', 'getPod', '*')],
    reason: `${ASKED}: no policy allows it; nearest is Policy pol-pods, which was held until 1969-01-01T00:00:00Z. Ask a platform administrator.`,
  },
  'another action': {
    lines: [g(user('bob'), 'pol-pods'), p('pol-pods', 'listPods', 'namespace:dev/*')],
    reason: `${ASKED}: no policy allows it; nearest is Policy pol-pods, which allows only listPods there. Ask a platform administrator.`,
  },
};
for (const [name, { lines, options, reason }] of Object.entries(REASONS)) {
  test(name, () => assert.equal(authorize(getPod('bob'), HUB, { ...optionsOf(lines), ...options }).reason, reason));
}

test('whom to ask: people of the tenant who may fill its groups or create grants, without those who are kept from it', () => {
  const lines = [
    g(user('member'), GROUP),
    g(user('filler'), 'pol-fill'),
    p('pol-fill', 'updateGroup', 'group:grp-*'),
    g(user('granter'), 'pol-grant'),
    p('pol-grant', '*', 'grant:*'),
    g(user('kept'), 'pol-grant'),
    g(user('kept'), 'pol-no'),
    p('pol-no', 'createGrant', '*', 'deny'),
    p('pol-no', 'updateGroup', '*', 'deny'),
    g(user('stranger', 'other'), 'pol-grant'),
  ];
  const ask = whomToAskIn(indexOf(lines), () => 0);
  assert.deepEqual([ask('acme'), ask('other'), ask('none')], [['filler', 'granter'], ['stranger'], []]);
});

test('whom to ask is at most a minute old', () => {
  const index = indexOf([g(user('a'), 'pol'), p('pol', 'createGrant', '*')]);
  let now = 1_000_000;
  const ask = whomToAskIn(index, () => now);
  assert.deepEqual(ask('acme'), ['a']);
  index.set(g(user('b'), 'pol'), { rule: 'new', ownerKind: 'Grant', ownerName: 'gnt-new' });
  now += 60_000;
  assert.deepEqual(ask('acme'), ['a']);
  now += 1;
  assert.deepEqual(ask('acme'), ['a', 'b']);
});
