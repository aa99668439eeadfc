import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { judge, restore, type Standing } from './judge.ts';
import type { Observation } from './observation.ts';

const THRESHOLDS = { failureThreshold: 3, successThreshold: 2 };
const GOOD: Observation = { seen: 'good', reason: 'Answers', message: 'it answers' };
const BAD: Observation = { seen: 'bad', reason: 'Timeout', message: 'it does not answer' };
const REFUSED: Observation = { seen: 'bad', reason: 'ConnectionRefused', message: 'nothing listens' };
const NOTHING: Observation = { seen: 'nothing', reason: 'Unreachable', message: 'it is not reached' };
const OF = { g: GOOD, b: BAD, r: REFUSED, n: NOTHING } as const;
type Letter = keyof typeof OF;

const at = (nth: number): string => new Date(Date.UTC(2026, 0, 1) + nth * 30_000).toISOString();

interface Round {
  readonly standing: Standing;
  readonly written: boolean;
}

/** What each probe led to, from a standing on; `|` is a new leader, who knows the condition alone. */
function rounds(probes: string, thresholds = THRESHOLDS, first?: Condition): Round[] {
  const list: Round[] = [];
  let standing = restore(first, at(0));
  for (const [i, letter] of probes.split('').entries()) {
    if (letter === '|') {
      standing = restore(standing.condition, at(i));
      continue;
    }
    const after = judge(standing, 'Reachable', { observation: OF[letter as Letter], thresholds, nowIso: at(i) });
    list.push({ standing: after, written: after.condition !== standing.condition });
    standing = after;
  }
  return list;
}

/** The status after each probe: T, F or U. */
const statuses = (probes: string, thresholds = THRESHOLDS): string =>
  rounds(probes, thresholds)
    .map(({ standing }) => standing.condition?.status[0] ?? '-')
    .join('');

describe('a condition', () => {
  const cases: readonly (readonly [sentence: string, probes: string, wanted: string])[] = [
    ['is True after the first success that was ever seen', 'g', 'T'],
    ['is Unknown, then False, when it was never seen well', 'bbb', 'UUF'],
    ['stays True while failures in a row are fewer than the threshold', 'gbbgbbg', 'TTTTTTT'],
    ['is Unknown before it is False', 'gbbbb', 'TTTUF'],
    ['is not False any more with the first success, and True with enough of them', 'bbbgg', 'UUFUT'],
    ['needs successes in a row', 'gbbbgbgg', 'TTTUUUUT'],
    ['stays Unknown when nothing can be seen', 'gnnnnnn', 'TTTUUUU'],
    ['that was False is Unknown when nothing can be seen any more', 'bbbnnn', 'UUFFFU'],
    ['leaves True when it is never well, whatever stands in the way', 'gbnb', 'TTTU'],
    ['is told on by the next leader', 'bbbb|bbg', 'UUFFFFU'],
    ['that was True is True to the next leader until he has seen enough himself', 'gbb|bb|bbb', 'TTTTTTTU'],
    ['that was Unknown to the leader before needs as many successes as any', 'gbbb|gg', 'TTTUUT'],
  ];
  for (const [sentence, probes, wanted] of cases) test(sentence, () => assert.equal(statuses(probes), wanted));

  test('is never False after one failure, not even with thresholds of one', () => {
    assert.equal(statuses('gbbg', { failureThreshold: 1, successThreshold: 1 }), 'TUFT');
  });
  test('tells when it was last True, as a moment, through Unknown and False and the next leader', () => {
    const list = rounds('ggbbbb|brrr');
    const told = list.map(({ standing }) => standing.condition?.message);
    assert.equal(told[4], `it does not answer; last known True at ${at(1)}`);
    assert.equal(told[5], told[4]);
    assert.equal(told.at(-1), `nothing listens; last known True at ${at(1)}`);
  });
  test('takes over another reason when that has come as often in a row as a failure has to', () => {
    const list = rounds('bbbbrbrrbrrr');
    assert.deepEqual(list.map(({ standing }) => standing.condition?.reason[0]).join(''), 'TTTTTTTTTTTC');
    assert.equal(list.filter(({ written }) => written).length, 3);
  });
  test('keeps the time of its last transition until its status changes', () => {
    const times = rounds('bbbrrrr').map(({ standing }) => standing.condition?.lastTransitionTime);
    assert.deepEqual(times, [at(0), at(0), at(2), at(2), at(2), at(2), at(2)]);
  });
  test('with a long message keeps its moment', () => {
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

describe('for any probes, with any new leaders among them,', () => {
  const thresholds = fc.record({
    failureThreshold: fc.integer({ min: 1, max: 5 }),
    successThreshold: fc.integer({ min: 1, max: 4 }),
  });
  const probes = fc
    .array(fc.constantFrom('g', 'g', 'b', 'b', 'b', 'r', 'n', '|'), { maxLength: 60 })
    .map((list) => list.join(''));

  test('False is said only while the last failureThreshold probes all failed, and Unknown was said before', () => {
    fc.assert(
      fc.property(probes, thresholds, (given, limits) => {
        const list = rounds(given, limits);
        const letters = given.replaceAll('|', '');
        list.forEach(({ standing: { condition } }, i) => {
          if (condition?.status !== 'False') return;
          const last = letters.slice(Math.max(0, i + 1 - limits.failureThreshold), i + 1);
          assert.ok(last.length === limits.failureThreshold && !last.includes('g'), letters.slice(0, i + 1));
          assert.notEqual(list[i - 1]?.standing.condition?.status ?? 'Unknown', 'True');
        });
      }),
      { numRuns: 2_000 },
    );
  });
  test('True is left only after failureThreshold failures in a row, and reached again only after successThreshold successes', () => {
    fc.assert(
      fc.property(probes, thresholds, (given, limits) => {
        const letters = given.replaceAll('|', '');
        const shown = rounds(given, limits).map(({ standing }) => standing.condition?.status);
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
  test('what alternates below the thresholds writes nothing after the first probe', () => {
    const below = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 1, max: 5 })), { maxLength: 20 });
    fc.assert(
      fc.property(below, (runs) => {
        const given = `g${runs.map(([failures, successes]) => 'b'.repeat(failures) + 'g'.repeat(successes)).join('')}`;
        assert.equal(rounds(given).filter(({ written }) => written).length, 1);
      }),
    );
  });
  test('what stays as it is writes nothing', () => {
    for (const letter of ['g', 'b', 'n']) {
      const writes = rounds(letter.repeat(100)).flatMap(({ written }, i) => (written ? [i] : []));
      assert.deepEqual(writes, letter === 'b' ? [0, 2] : [0]);
    }
  });
});
