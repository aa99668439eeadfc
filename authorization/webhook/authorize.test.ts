/** What the reasons say, and who sees which. The decisions themselves are tested in test/matrix. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Namespace } from '../../api/business/namespace.ts';
import { HUB } from '../../api/installation.ts';
import { RuleIndex } from '../engine/rule-index.ts';
import type { RuleLine } from '../rules/line.ts';
import { type AuthorizerOptions, authorize } from './authorize.ts';
import { CostlyTenants } from './costly-tenants.ts';
import { grantorsIn } from './grantors.ts';
import type { Review } from './review.ts';

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
    grantorsOf: grantorsIn(index, () => 0),
    costlyTenants: new CostlyTenants(),
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
const MAY = 'bob of tenant acme may getPod on namespace:dev/pod:web in project prj';
const MAY_NOT = 'bob of tenant acme may not getPod on namespace:dev/pod:web in project prj';
const CHAIN = `${MAY}: Grant gnt-x → Role rol-dev → Policy pol-pods allows getPod on * (Rule rul-3)`;

const REASONS: Record<string, { lines: RuleLine[]; options?: Partial<AuthorizerOptions>; reason: string }> = {
  'an allow names the policy': {
    lines: BOUND,
    reason: `${MAY}: Policy pol-pods allows getPod on *`,
  },
  'a deny names the policy': {
    lines: [...BOUND, g(GROUP, 'pol-no'), p('pol-no', 'get*', '*pod:*', 'deny')],
    reason: `${MAY_NOT}: Policy pol-no denies get* on *pod:*`,
  },
  'a user who may list Rules sees the chain': {
    lines: [...BOUND, g(user('bob'), 'pol-rules'), p('pol-rules', 'listRules', 'rule:*')],
    reason: CHAIN,
  },
  'a user who may list Rules in the project sees the chain there': {
    lines: [...BOUND, g(user('bob'), 'pol-rules', 'prj'), p('pol-rules', 'listRules', 'rule:*')],
    reason: CHAIN,
  },
  'a user who may list Rules only in another project sees no chain': {
    lines: [...BOUND, g(user('bob'), 'pol-rules', 'other'), p('pol-rules', 'listRules', 'rule:*')],
    reason: `${MAY}: Policy pol-pods allows getPod on *`,
  },
  'the option shows chains to everyone': {
    lines: BOUND,
    options: { chainsFor: 'everyone' },
    reason: CHAIN,
  },
  'a chain that starts from every user of the tenant says so': {
    lines: [g(user('*'), 'pol-pods'), p('pol-pods', 'getPod', '*')],
    options: { chainsFor: 'everyone' },
    reason: `${MAY}: every user of tenant acme → Grant gnt-x → Policy pol-pods allows getPod on * (Rule rul-1)`,
  },
  'a refusal names the closest match and who to ask': {
    lines: [
      g(user('bob'), 'pol-pods', 'other'),
      p('pol-pods', 'getPod', '*'),
      g(user('ann'), 'pol-admin'),
      p('pol-admin', 'createGrant', '*'),
    ],
    reason: `${MAY_NOT}: no policy allows it. The closest match is Policy pol-pods, but it applies only in project other and the object is in project prj. Ask an administrator of tenant acme: ann.`,
  },
  'a refusal without a closest match': {
    lines: [],
    reason: `${MAY_NOT}: no policy allows it. Ask a platform administrator.`,
  },
  'a refusal says when access ended': {
    lines: [g(user('bob'), 'pol-pods', '*', '1969-01-01T00:00:00Z'), p('pol-pods', 'getPod', '*')],
    reason: `${MAY_NOT}: no policy allows it. The closest match is Policy pol-pods, but access through it ended at 1969-01-01T00:00:00Z. Ask a platform administrator.`,
  },
  'of several ends along the chain, the earliest counts': {
    lines: [
      g(user('bob'), GROUP, '*', '2099-01-01T00:00:00Z'),
      g(GROUP, 'rol-dev', '*', '1969-01-01T00:00:00Z'),
      g('rol-dev', 'pol-pods', '*', '1969-06-01T00:00:00Z'),
      p('pol-pods', 'getPod', '*'),
    ],
    reason: `${MAY_NOT}: no policy allows it. The closest match is Policy pol-pods, but access through it ended at 1969-01-01T00:00:00Z. Ask a platform administrator.`,
  },
  'a refusal says which action is allowed on the object': {
    lines: [g(user('bob'), 'pol-pods'), p('pol-pods', 'listPods', 'namespace:dev/*')],
    reason: `${MAY_NOT}: no policy allows it. The closest match is Policy pol-pods, but it allows only listPods on this object. Ask a platform administrator.`,
  },
  'a refusal says on which objects the action is allowed': {
    lines: [g(user('bob'), 'pol-pods'), p('pol-pods', 'get*', 'namespace:test/*')],
    reason: `${MAY_NOT}: no policy allows it. The closest match is Policy pol-pods, but it allows getPod only on namespace:test/*. Ask a platform administrator.`,
  },
};
for (const [name, { lines, options, reason }] of Object.entries(REASONS)) {
  test(name, () => assert.equal(authorize(getPod('bob'), HUB, { ...optionsOf(lines), ...options }).reason, reason));
}

test('grantors are the users of a tenant who may update its groups or create grants, except those who are denied it', () => {
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
  const ask = grantorsIn(indexOf(lines), () => 0);
  assert.deepEqual([ask('acme'), ask('other'), ask('none')], [['filler', 'granter'], ['stranger'], []]);
});

test('the list of grantors is refreshed after a minute', () => {
  const index = indexOf([g(user('a'), 'pol'), p('pol', 'createGrant', '*')]);
  let now = 1_000_000;
  const ask = grantorsIn(index, () => now);
  assert.deepEqual(ask('acme'), ['a']);
  index.set(g(user('b'), 'pol'), { rule: 'new', ownerKind: 'Grant', ownerName: 'gnt-new' });
  now += 60_000;
  assert.deepEqual(ask('acme'), ['a']);
  now += 1;
  assert.deepEqual(ask('acme'), ['a', 'b']);
});
