import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { worlds } from '../../test/support/random-rules.ts';
import { g, indexOf, p } from '../../test/support/rule-lines.ts';
import { verdictOf } from '../../test/support/verify-explanation.ts';
import type { RuleLine } from '../rules/line.ts';
import { decide } from './decide.ts';
import { type Explanation, explain } from './explain.ts';
import type { RuleIndex } from './rule-index.ts';

const REQUESTS = 100_000;
const REQUESTS_PER_WORLD = 50;
const NOW = Date.parse('2026-11-23T00:00:00Z');

const ASKED = { subjects: ['u'], domain: 'prj', object: 'o', action: 'get' };
const explained = (lines: readonly RuleLine[]): Explanation => explain(indexOf(lines), ASKED, NOW);
/** Chains in short form: the names of the Rules along them. */
const rulesOf = (explanation: Explanation, which: 'chains' | 'beaten'): string[] =>
  explanation.verdict === 'none'
    ? []
    : explanation[which].map(({ links, line }) => [...links, line].map(({ rule }) => rule).join('>'));

test(`on ${REQUESTS} requests, a verifier that sees only the chains reaches the engine's verdict`, () => {
  let onlyChains = 0;
  fc.assert(
    fc.property(worlds(REQUESTS_PER_WORLD), ({ lines, asked }) => {
      const index = indexOf(lines);
      for (const { subject, ...rest } of asked) {
        const request = { subjects: [subject, 'grp'], ...rest };
        const explanation = explain(index, request, NOW);
        assert.equal(explanation.verdict, decide(index, request, NOW).verdict);
        assert.equal(verdictOf(JSON.parse(JSON.stringify(explanation)), request, NOW), explanation.verdict);
        if (explanation.verdict !== 'allow' || explanation.chains.length > 1) continue;
        onlyChains += 1;
        for (const rule of rulesOf(explanation, 'chains').join().split('>'))
          assert.notEqual(decide(without(lines, rule), request, NOW).verdict, 'allow');
      }
    }),
    { numRuns: REQUESTS / REQUESTS_PER_WORLD },
  );
  assert.ok(onlyChains > REQUESTS / 50, `${onlyChains} had an only chain`);
});

function without(lines: readonly RuleLine[], rule: string): RuleIndex {
  const index = indexOf(lines);
  index.remove(rule);
  return index;
}

const EXPLAINED: Record<string, { lines: RuleLine[]; verdict: string; chains?: string[]; beaten?: string[] }> = {
  'an allow has every chain, shortest first': {
    lines: [g('u', 'grp'), g('grp', 'pol', 'prj'), g('u', 'pol'), p('pol', 'o', 'get'), p('pol', '*', 'get')],
    verdict: 'allow',
    chains: ['r2>r3', 'r2>r4', 'r0>r1>r3', 'r0>r1>r4'],
  },
  'a deny has the chains that deny and the allows that it overrides': {
    lines: [g('u', 'a'), p('a', 'o', 'get'), g('u', 'b', 'prj'), p('b', '*', '*', 'deny')],
    verdict: 'deny',
    chains: ['r2>r3'],
    beaten: ['r0>r1'],
  },
  'a cycle adds no chain': {
    lines: [g('u', 'a'), g('a', 'b'), g('b', 'a'), p('a', 'o', 'get')],
    verdict: 'allow',
    chains: ['r0>r3'],
  },
  'no chain contains an edge that has ended or is for another project': {
    lines: [
      g('u', 'a', '*', '2026-11-22T00:00:00Z'),
      g('u', 'a', 'other'),
      g('u', 'a', '*', '2026-11-24T00:00:00Z'),
      p('a', 'o', 'get'),
    ],
    verdict: 'allow',
    chains: ['r2>r3'],
  },
};
for (const [name, { lines, verdict, chains = [], beaten = [] }] of Object.entries(EXPLAINED)) {
  test(name, () => {
    const explanation = explained(lines);
    assert.equal(explanation.verdict, verdict);
    assert.deepEqual([rulesOf(explanation, 'chains'), rulesOf(explanation, 'beaten')], [chains, beaten]);
  });
}

test('without an opinion, the explanation has the nearest misses and the lines that would allow the request', () => {
  const explanation = explained([
    g('u', 'a', 'other'),
    p('a', 'o', 'get'),
    g('u', 'b'),
    p('b', 'o', 'list'),
    p('c', '*', 'get'),
    p('d', 'x', 'get'),
  ]);
  assert.ok(explanation.verdict === 'none');
  assert.deepEqual(
    explanation.nearest.map(({ miss, chain }) => [miss, chain.line.policy]),
    [
      ['other-project', 'a'],
      ['other-action', 'b'],
    ],
  );
  assert.deepEqual(
    explanation.wouldAllow.map(({ policy }) => policy),
    ['a', 'c'],
  );
});

test('an explanation with too many chains is cut and says so', () => {
  // Twelve layers of three names, each bound to all of the next layer: 3¹² paths.
  const names = Array.from({ length: 12 }, (_, layer) => [0, 1, 2].map((i) => `n${layer}-${i}`));
  const layers = names.flatMap((layer, i) =>
    layer.flatMap((from) => (names[i + 1] ?? ['end']).map((to) => g(from, to))),
  );
  const explanation = explained([...(names[0] ?? []).map((to) => g('u', to)), ...layers, p('end', 'o', 'get')]);
  assert.ok(explanation.verdict === 'allow');
  assert.equal(explanation.complete, false);
});
