import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { NAMES, worlds } from '../../test/support/random-rules.ts';
import { g, indexOf, p } from '../../test/support/rule-lines.ts';
import type { RuleLine } from '../rules/line.ts';
import { decide } from './decide.ts';
import { whatCan } from './what-can.ts';
import { whoCan } from './who-can.ts';

const NOW = Date.parse('2026-11-23T00:00:00Z');
const user = (name: string): string => `t##user##${name}`;
const GROUP = 't##group##grp';

const WHO: Record<string, { lines: RuleLine[]; expect: Partial<ReturnType<typeof whoCan>> }> = {
  'the members of a group, and the group': {
    lines: [g(user('a'), GROUP), g(user('b'), GROUP), g(GROUP, 'pol', 'prj'), p('pol', 'o', 'get')],
    expect: { users: [user('a'), user('b')], groups: [GROUP] },
  },
  'through a role': {
    lines: [g(user('a'), 'rol-x'), g('rol-x', 'pol'), p('pol', '*', '*')],
    expect: { users: [user('a')] },
  },
  'edges in another project and edges that have ended do not count': {
    lines: [g(user('a'), 'pol', 'other'), g(user('b'), 'pol', '*', '2026-11-22T00:00:00Z'), p('pol', '*', '*')],
    expect: {},
  },
  'users blocked by a deny are listed separately': {
    lines: [
      g(user('a'), 'pol'),
      g(user('b'), 'pol'),
      g(user('b'), 'no'),
      p('pol', '*', '*'),
      p('no', 'o', '*', 'deny'),
    ],
    expect: { users: [user('a')], denied: [user('b')] },
  },
  'a deny for every user of a tenant leaves no one of it': {
    lines: [
      g(user('a'), 'pol'),
      g('s##user##z', 'pol'),
      g(user('*'), 'no'),
      p('pol', '*', '*'),
      p('no', 'o', '*', 'deny'),
    ],
    expect: { users: ['s##user##z'], denied: [user('a')] },
  },
  'everyone of a tenant except one user': {
    lines: [g(user('*'), 'pol'), g(user('b'), 'no'), p('pol', '*', '*'), p('no', 'o', '*', 'deny')],
    expect: { everyoneOf: ['t'], denied: [user('b')] },
  },
  'plain names, as casbin users write them': {
    lines: [g('alice', 'admin'), p('admin', '*', '*')],
    expect: { users: ['alice'] },
  },
};
for (const [name, { lines, expect }] of Object.entries(WHO)) {
  test(`who-can: ${name}`, () => {
    const found = whoCan(indexOf(lines), { domain: 'prj', object: 'o', action: 'get' }, NOW);
    assert.deepEqual(found, { users: [], groups: [], everyoneOf: [], denied: [], ...expect });
  });
}

test('who-can lists exactly the subjects whose own request is allowed', () => {
  // The generated names stand for users and groups here, so that each of them can send a request.
  const named = (name: string): string =>
    name.startsWith('pol') ? name : name.startsWith('g') ? `t##group##${name}` : user(name);
  fc.assert(
    fc.property(worlds(5), ({ lines, asked }) => {
      const index = indexOf(
        lines.map((line) =>
          line.ptype === 'g'
            ? { ...line, member: named(line.member), of: named(line.of) }
            : { ...line, policy: named(line.policy) },
        ),
      );
      for (const { domain, object, action } of asked) {
        const { users, groups } = whoCan(index, { domain, object, action }, NOW);
        const allowed = NAMES.map(named)
          .filter((name) => name.includes('##'))
          .filter((name) => decide(index, { subjects: [name], domain, object, action }, NOW).verdict === 'allow');
        assert.deepEqual([...users, ...groups].filter((name) => name.includes('##')).sort(), allowed.sort());
      }
    }),
    { numRuns: 2_000 },
  );
});

const WHAT: Record<string, { lines: RuleLine[]; subjects?: string[]; expect: Record<string, string> }> = {
  'permissions everywhere, and what a project adds': {
    lines: [
      g('u', 'a'),
      p('a', 'o', 'get'),
      g('u', 'b', 'prj-1'),
      p('b', 'x', 'get'),
      g('u', 'c', 'prj-2'),
      p('c', 'o', 'get'),
    ],
    expect: { '*': '+get o', 'prj-1': '+get x', 'prj-2': '+get o' },
  },
  'a deny removes the allows that it covers, and is listed': {
    lines: [g('u', 'a'), p('a', 'o*', 'get'), p('a', 'o/x', 'list'), g('u', 'no'), p('no', 'o/*', '*', 'deny')],
    expect: { '*': '+get o* -* o/*' },
  },
  'a deny in a project removes allows in that project only': {
    lines: [
      g('u', 'a'),
      p('a', 'o', 'get'),
      g('u', 'b', 'prj'),
      p('b', 'x', 'get'),
      g('u', 'no', 'prj'),
      p('no', '*', '*', 'deny'),
    ],
    expect: { '*': '+get o', prj: '-* *' },
  },
  'several subjects are evaluated together': {
    lines: [p('u', 'o', 'get'), p('grp', 'x', 'get')],
    subjects: ['u', 'grp'],
    expect: { '*': '+get x +get o' },
  },
  nothing: { lines: [g('u', 'a', '*', '2026-11-22T00:00:00Z'), p('a', 'o', 'get')], expect: {} },
};
for (const [name, { lines, subjects = ['u'], expect }] of Object.entries(WHAT)) {
  test(`what-can: ${name}`, () => {
    const found = whatCan(indexOf(lines), subjects, NOW).map(({ domain, allows, denies }) => [
      domain,
      [...allows, ...denies]
        .map(({ effect, action, object }) => `${effect === 'allow' ? '+' : '-'}${action} ${object}`)
        .join(' '),
    ]);
    assert.deepEqual(Object.fromEntries(found), expect);
  });
}
