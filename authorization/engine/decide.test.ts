import assert from 'node:assert/strict';
import test from 'node:test';
import { g, indexOf, p } from '../../test/support/rule-lines.ts';
import type { RuleLine } from '../rules/line.ts';
import { chainTo, type Decision, decide } from './decide.ts';
import { nearestMisses } from './nearest.ts';

const NOW = Date.parse('2026-11-23T00:00:00Z');

const ask = (lines: readonly RuleLine[], domain = '', subjects = ['u']): Decision =>
  decide(indexOf(lines), { subjects, domain, object: 'o', action: 'get' }, NOW);

const CASES: Record<string, { lines: RuleLine[]; domain?: string; subjects?: string[]; expect: Decision['verdict'] }> =
  {
    'a subject that reaches nothing gets no opinion': { lines: [p('pol', 'o', 'get')], expect: 'none' },
    'a name reaches itself': { lines: [p('u', 'o', 'get')], expect: 'allow' },
    'an edge in every domain counts in a project': {
      lines: [g('u', 'pol'), p('pol', 'o', 'get')],
      domain: 'prj',
      expect: 'allow',
    },
    'an edge in a project counts there': {
      lines: [g('u', 'pol', 'prj'), p('pol', 'o', 'get')],
      domain: 'prj',
      expect: 'allow',
    },
    'an edge in a project does not count in another project': {
      lines: [g('u', 'pol', 'prj'), p('pol', 'o', 'get')],
      domain: 'other',
      expect: 'none',
    },
    'an edge in a project does not count without a project': {
      lines: [g('u', 'pol', 'prj'), p('pol', 'o', 'get')],
      expect: 'none',
    },
    'edges in every domain and edges in a project chain': {
      lines: [g('u', 'grp'), g('grp', 'pol', 'prj'), p('pol', 'o', 'get')],
      domain: 'prj',
      expect: 'allow',
    },
    'deny wins over allow': {
      lines: [g('u', 'a'), g('u', 'b'), p('a', 'o', 'get'), p('b', '*', '*', 'deny')],
      expect: 'deny',
    },
    'a deny for one subject overrides an allow for another': {
      lines: [g('u', 'b'), g('all', 'a'), p('a', 'o', 'get'), p('b', 'o', 'get', 'deny')],
      subjects: ['u', 'all'],
      expect: 'deny',
    },
    'a deny for something else does not count': {
      lines: [g('u', 'a'), p('a', 'o', 'get'), p('a', 'x', 'get', 'deny')],
      expect: 'allow',
    },
    'a walk over a cycle ends': { lines: [g('u', 'a'), g('a', 'b'), g('b', 'a'), p('b', 'o', 'get')], expect: 'allow' },
    'an ended edge does not count': {
      lines: [g('u', 'a', '*', '2026-11-22T23:59:59Z'), p('a', 'o', 'get')],
      expect: 'none',
    },
    'an edge does not count at the moment of its end': {
      lines: [g('u', 'a', '*', '2026-11-23T00:00:00Z'), p('a', 'o', 'get')],
      expect: 'none',
    },
    'an edge counts until its end': {
      lines: [g('u', 'a', '*', '2026-11-23T00:00:01Z'), p('a', 'o', 'get')],
      expect: 'allow',
    },
    'an end that is no time has passed': { lines: [g('u', 'a', '*', 'soon'), p('a', 'o', 'get')], expect: 'none' },
  };
for (const [name, { lines, domain, subjects, expect }] of Object.entries(CASES)) {
  test(name, () => assert.equal(ask(lines, domain, subjects).verdict, expect));
}

test('a hierarchy of a thousand levels is walked to its end', () => {
  const lines = Array.from({ length: 1000 }, (_, i) => g(i === 0 ? 'u' : `n${i}`, `n${i + 1}`));
  assert.equal(ask([...lines, p('n1000', 'o', 'get')]).verdict, 'allow');
});

test('the chain names every edge and the line', () => {
  const decision = ask([g('u', 'grp'), g('grp', 'pol', 'prj'), p('pol', 'o*', 'get')], 'prj');
  assert.ok(decision.verdict === 'allow');
  const chain = chainTo(decision);
  assert.equal(chain.subject, 'u');
  assert.deepEqual(
    chain.links.map(({ rule }) => rule),
    ['r0', 'r1'],
  );
  assert.equal(chain.line.rule, 'r2');
});

test('a removed or replaced Rule no longer counts', () => {
  const index = indexOf([g('u', 'pol'), p('pol', 'o', 'get')]);
  const request = { subjects: ['u'], domain: '', object: 'o', action: 'get' };
  index.set(p('pol', 'x', 'get'), { rule: 'r1', ownerKind: 'Policy', ownerName: 'o' });
  assert.equal(decide(index, request, NOW).verdict, 'none');
  index.set(p('pol', 'o', 'get'), { rule: 'r1', ownerKind: 'Policy', ownerName: 'o' });
  index.remove('r0');
  assert.equal(decide(index, request, NOW).verdict, 'none');
  assert.equal(index.size, 1);
});

const MISSES: Record<string, { lines: RuleLine[]; domain?: string; miss: string | undefined }> = {
  'another project': { lines: [g('u', 'a', 'prj'), p('a', 'o', 'get')], domain: 'other', miss: 'other-project' },
  'an ended grant': { lines: [g('u', 'a', '*', '2020-01-01T00:00:00Z'), p('a', 'o', 'get')], miss: 'ended' },
  'another object': { lines: [g('u', 'a'), p('a', 'x', 'get')], miss: 'other-object' },
  'another action': { lines: [g('u', 'a'), p('a', 'o', 'list')], miss: 'other-action' },
  'nothing is near': { lines: [g('u', 'a'), p('a', 'x', 'list')], miss: undefined },
  'the nearest of several': {
    lines: [g('u', 'a'), p('a', 'o', 'list'), g('u', 'b', 'prj'), p('b', 'o', 'get')],
    miss: 'other-project',
  },
};
for (const [name, { lines, domain, miss }] of Object.entries(MISSES)) {
  test(`the nearest miss: ${name}`, () => {
    const request = { subjects: ['u'], domain: domain ?? '', object: 'o', action: 'get' };
    assert.equal(nearestMisses(indexOf(lines), request, NOW, 3)[0]?.miss, miss);
  });
}
