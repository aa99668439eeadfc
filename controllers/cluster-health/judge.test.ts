import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { type ConditionState, judge, restore } from './judge.ts';
import type { Observation } from './observation.ts';

const THRESHOLDS = { failureThreshold: 3, successThreshold: 2 };
const GOOD: Observation = { outcome: 'good', reason: 'Answers', message: 'it answers' };
const BAD: Observation = { outcome: 'bad', reason: 'Timeout', message: 'it does not answer' };
const REFUSED: Observation = { outcome: 'bad', reason: 'ConnectionRefused', message: 'nothing listens' };
const NOTHING: Observation = { outcome: 'unknown', reason: 'Unreachable', message: 'it is not reached' };
const OF = { g: GOOD, b: BAD, r: REFUSED, n: NOTHING } as const;
type Letter = keyof typeof OF;

const at = (nth: number): string => new Date(Date.UTC(2026, 0, 1) + nth * 30_000).toISOString();

interface Round {
  readonly state: ConditionState;
  readonly written: boolean;
}

/** What each probe led to, from a state on; `|` is a new leader, who knows the condition alone. */
function rounds(probes: string, thresholds = THRESHOLDS, first?: Condition): Round[] {
  const list: Round[] = [];
  let state = restore(first, at(0));
  for (const [i, letter] of probes.split('').entries()) {
    if (letter === '|') {
      state = restore(state.condition, at(i));
      continue;
    }
    const after = judge(state, 'Reachable', { observation: OF[letter as Letter], thresholds, nowIso: at(i) });
    list.push({ state: after, written: after.condition !== state.condition });
    state = after;
  }
  return list;
}

/** The status after each probe: T, F or U. */
const statuses = (probes: string, thresholds = THRESHOLDS): string =>
  rounds(probes, thresholds)
    .map(({ state }) => state.condition?.status[0] ?? '-')
    .join('');

describe('a condition', () => {
  const cases: readonly (readonly [sentence: string, probes: string, wanted: string])[] = [
    ['is True after the first probe if that succeeds', 'g', 'T'],
    ['is Unknown, then False, if no probe ever succeeds', 'bbb', 'UUF'],
    ['stays True while consecutive failures are below the threshold', 'gbbgbbg', 'TTTTTTT'],
    ['is Unknown before it is False', 'gbbbb', 'TTTUF'],
    ['leaves False with the first success, and is True after enough of them', 'bbbgg', 'UUFUT'],
    ['needs consecutive successes', 'gbbbgbgg', 'TTTUUUUT'],
    ['stays Unknown while probes are inconclusive', 'gnnnnnn', 'TTTUUUU'],
    ['goes from False to Unknown after enough inconclusive probes', 'bbbnnn', 'UUFFFU'],
    ['leaves True after any mix of failed and inconclusive probes', 'gbnb', 'TTTU'],
    ['is continued by the next leader', 'bbbb|bbg', 'UUFFFFU'],
    ['stays True under a new leader until that leader has seen enough failures', 'gbb|bb|bbb', 'TTTTTTTU'],
    ['needs all successes again under a new leader if it was Unknown', 'gbbb|gg', 'TTTUUT'],
  ];
  for (const [sentence, probes, wanted] of cases) test(sentence, () => assert.equal(statuses(probes), wanted));

  test('is never False after one failure, not even with thresholds of one', () => {
    assert.equal(statuses('gbbg', { failureThreshold: 1, successThreshold: 1 }), 'TUFT');
  });
  test('names the time when it was last True, through Unknown, False and a new leader', () => {
    const list = rounds('ggbbbb|brrr');
    const told = list.map(({ state }) => state.condition?.message);
    assert.equal(told[4], `it does not answer; last known True at ${at(1)}`);
    assert.equal(told[5], told[4]);
    assert.equal(told.at(-1), `nothing listens; last known True at ${at(1)}`);
  });
  test('changes its reason after failureThreshold consecutive probes with the new one', () => {
    const list = rounds('bbbbrbrrbrrr');
    assert.deepEqual(list.map(({ state }) => state.condition?.reason[0]).join(''), 'TTTTTTTTTTTC');
    assert.equal(list.filter(({ written }) => written).length, 3);
  });
  test('keeps lastTransitionTime until its status changes', () => {
    const times = rounds('bbbrrrr').map(({ state }) => state.condition?.lastTransitionTime);
    assert.deepEqual(times, [at(0), at(0), at(2), at(2), at(2), at(2), at(2)]);
  });
  test('with a long message keeps its time', () => {
    const long = { ...BAD, message: 'x'.repeat(5_000) };
    const known = restore(
      { type: 'Reachable', status: 'True', reason: 'Answers', message: '', lastTransitionTime: at(0) },
      at(7),
    );
    const after = judge(known, 'Reachable', {
      observation: long,
      thresholds: { failureThreshold: 1, successThreshold: 1 },
      nowIso: at(8),
    });
    assert.ok((after.condition?.message.length ?? 0) < 1_000);
    assert.ok(after.condition?.message.endsWith(at(7)));
  });
});

describe('for any series of probes and new leaders', () => {
  const thresholds = fc.record({
    failureThreshold: fc.integer({ min: 1, max: 5 }),
    successThreshold: fc.integer({ min: 1, max: 4 }),
  });
  const probes = fc
    .array(fc.constantFrom('g', 'g', 'b', 'b', 'b', 'r', 'n', '|'), { maxLength: 60 })
    .map((list) => list.join(''));

  test('a condition is False only while the last failureThreshold probes all failed, and was Unknown before', () => {
    fc.assert(
      fc.property(probes, thresholds, (given, limits) => {
        const list = rounds(given, limits);
        const letters = given.replaceAll('|', '');
        list.forEach(({ state: { condition } }, i) => {
          if (condition?.status !== 'False') return;
          const last = letters.slice(Math.max(0, i + 1 - limits.failureThreshold), i + 1);
          assert.ok(last.length === limits.failureThreshold && !last.includes('g'), letters.slice(0, i + 1));
          assert.notEqual(list[i - 1]?.state.condition?.status ?? 'Unknown', 'True');
        });
      }),
      { numRuns: 2_000 },
    );
  });
  test('a condition leaves True after failureThreshold failures, and returns after successThreshold successes', () => {
    fc.assert(
      fc.property(probes, thresholds, (given, limits) => {
        const letters = given.replaceAll('|', '');
        const shown = rounds(given, limits).map(({ state }) => state.condition?.status);
        shown.forEach((status, i) => {
          if (shown[i - 1] === 'True' && status !== 'True')
            assert.doesNotMatch(letters.slice(i + 1 - limits.failureThreshold, i + 1), /g/);
          if (i > 0 && shown[i - 1] !== 'True' && status === 'True')
            assert.match(letters.slice(i + 1 - limits.successThreshold, i + 1), /^g+$/);
        });
      }),
      { numRuns: 2_000 },
    );
  });
  test('flapping below the thresholds writes nothing after the first probe', () => {
    const below = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 5 })), { maxLength: 20 });
    fc.assert(
      fc.property(below, (runs) => {
        const given = `g${runs.map(([failures, successes]) => 'b'.repeat(failures) + 'g'.repeat(successes)).join('')}`;
        assert.equal(rounds(given).filter(({ written }) => written).length, 1);
      }),
    );
  });
  test('a steady result writes nothing', () => {
    for (const letter of ['g', 'b', 'n']) {
      const writes = rounds(letter.repeat(100)).flatMap(({ written }, i) => (written ? [i] : []));
      assert.deepEqual(writes, letter === 'b' ? [0, 2] : [0]);
    }
  });
});
