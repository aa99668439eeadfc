/** A decision takes a bounded number of steps, whatever the policies are, and denies when the steps are used up. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { g, indexOf, p } from '../../test/support/rule-lines.ts';
import type { RuleLine } from '../rules/line.ts';
import { type Decision, decide, type Request } from './decide.ts';
import { explain } from './explain.ts';
import { Meter, STEPS_AT_MOST } from './meter.ts';
import { nearestMisses } from './nearest.ts';

const LONGEST = `namespace:${'a'.repeat(63)}/pod:${'a'.repeat(253)}`;
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Lines for a number of policies that user `u` holds. */
function held(
  policies: number,
  lines: number,
  object: (i: number) => string,
  effect: 'allow' | 'deny' = 'allow',
): RuleLine[] {
  return times(policies, (policy) => [
    g('u', `pol${policy}`),
    ...times(lines, (i) => p(`pol${policy}`, object(i), 'getPod', effect)),
  ]).flat();
}

function asked(lines: readonly RuleLine[], object: string, subjects = ['u']): { decision: Decision; steps: number } {
  const request: Request = { subjects, domain: '', object, action: 'getPod' };
  const meter = new Meter();
  const decision = decide(indexOf(lines), request, 0, meter);
  return { decision, steps: meter.steps };
}

/** A line is tried only while steps are left, and a line takes at most its own length plus twice that of the text. */
const MOST = STEPS_AT_MOST + 5_000;

const WORST: Record<string, (i: number) => string> = {
  'a part that nearly matches everywhere': (i) => `*aab${i}*`,
  'hundreds of stars': (i) => `${'*a'.repeat(500)}*${i}*`,
  'a long common prefix, many suffixes': (i) => `${LONGEST.slice(0, 200)}*${i}`,
};
describe('ten policies of 10,000 lines', () => {
  for (const [name, object] of Object.entries(WORST)) {
    test(`${name}: denied when the steps are used up`, () => {
      const { decision, steps } = asked(held(10, 10_000, object), LONGEST);
      assert.deepEqual(decision, { verdict: 'deny', tooCostly: true });
      assert.ok(steps > STEPS_AT_MOST && steps <= MOST, String(steps));
    });
  }
});

test('many small policies add up', () => {
  const { decision, steps } = asked(
    held(2_000, 16, (i) => `*aab${i}*`),
    LONGEST,
  );
  assert.deepEqual(decision, { verdict: 'deny', tooCostly: true });
  assert.ok(steps <= MOST, String(steps));
});

test('a user with more bindings than a walk may visit is denied; other users are decided', () => {
  const lines = [...times(100_001, (i) => g('u', `rol-${i}`)), g('v', 'pol'), p('pol', '*', 'getPod')];
  assert.deepEqual(asked(lines, 'o').decision, { verdict: 'deny', tooCostly: true });
  assert.deepEqual(
    [asked(lines, 'o', ['v', 'u']).decision.verdict, asked(lines, 'o', ['v']).decision.verdict],
    ['deny', 'allow'],
  );
});

test('an allow does not count when the denies could not all be checked', () => {
  const lines = [
    ...held(10, 10_000, WORST['hundreds of stars'] ?? String, 'deny'),
    g('u', 'pol-a'),
    p('pol-a', '*', 'getPod'),
  ];
  assert.deepEqual(asked(lines, LONGEST).decision, { verdict: 'deny', tooCostly: true });
});

test('a deny that was found is reported as a deny, not as too costly', () => {
  const { decision } = asked(
    [g('u', 'pol-d'), p('pol-d', '*', 'getPod', 'deny'), ...held(10, 10_000, (i) => `*aab${i}*`)],
    LONGEST,
  );
  assert.deepEqual([decision.verdict, decision.tooCostly], ['deny', undefined]);
});

test('a user of a thousand common policies needs a seventh of the steps', () => {
  const { decision, steps } = asked(
    held(1_000, 16, (i) => `namespace:*/pod:web-*-${i}`),
    'namespace:dev/pod:web-front-15',
  );
  assert.equal(decision.verdict, 'allow');
  const refused = asked(
    held(1_000, 10, (i) => `namespace:team-${i}-*/pod:web-*`),
    'namespace:dev/pod:web-front-15',
  );
  assert.equal(refused.decision.verdict, 'none');
  assert.ok(Math.max(steps, refused.steps) < STEPS_AT_MOST / 7, `${steps}, ${refused.steps}`);
});

test('an explanation reports a costly request the same way', () => {
  const lines = held(10, 10_000, (i) => `*aab${i}*`);
  const { revision: _, ...explained } = explain(
    indexOf(lines),
    { subjects: ['u'], domain: '', object: LONGEST, action: 'getPod' },
    0,
  );
  assert.deepEqual(explained, { verdict: 'deny', chains: [], beaten: [], complete: false, tooCostly: true });
});

test('the search for near misses stops before it becomes costly', () => {
  const lines = [...held(1, 2_000, WORST['hundreds of stars'] ?? String), p('pol0', 'x', 'getPod')];
  const [miss] = nearestMisses(
    indexOf(lines),
    { subjects: ['u'], domain: '', object: LONGEST, action: 'getPod' },
    0,
    1,
  );
  assert.equal(miss?.miss, 'other-object');
});
