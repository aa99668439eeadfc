/** That one decision takes a bounded number of steps, whatever policies there are; and that it is a denial when they do not suffice. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { g, indexOf, p } from '../../test/support/lines.ts';
import type { RuleLine } from '../rules/line.ts';
import { type Decision, decide, type Request } from './decide.ts';
import { explain } from './explain.ts';
import { Meter, STEPS_AT_MOST } from './meter.ts';
import { nearestMisses } from './nearest.ts';

const LONGEST = `namespace:${'a'.repeat(63)}/pod:${'a'.repeat(253)}`;
const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** The lines of so many policies of user `u`. */
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

/** A line is begun only while there are steps left, and no line takes more than its own length and twice that of the text. */
const MOST = STEPS_AT_MOST + 5_000;

const WORST: Record<string, (i: number) => string> = {
  'a part that nearly matches everywhere': (i) => `*aab${i}*`,
  'hundreds of stars': (i) => `${'*a'.repeat(500)}*${i}*`,
  'one long beginning, many ends': (i) => `${LONGEST.slice(0, 200)}*${i}`,
};
describe('ten policies of 10,000 lines', () => {
  for (const [name, object] of Object.entries(WORST)) {
    test(`${name}: denied after so many steps`, () => {
      const { decision, steps } = asked(held(10, 10_000, object), LONGEST);
      assert.deepEqual(decision, { verdict: 'deny', tooCostly: true });
      assert.ok(steps > STEPS_AT_MOST && steps <= MOST, String(steps));
    });
  }
});

test('many small policies count as well', () => {
  const { decision, steps } = asked(
    held(2_000, 16, (i) => `*aab${i}*`),
    LONGEST,
  );
  assert.deepEqual(decision, { verdict: 'deny', tooCostly: true });
  assert.ok(steps <= MOST, String(steps));
});

test('more bindings than can be walked are a denial, and others are decided', () => {
  const lines = [...times(100_001, (i) => g('u', `rol-${i}`)), g('v', 'pol'), p('pol', '*', 'getPod')];
  assert.deepEqual(asked(lines, 'o').decision, { verdict: 'deny', tooCostly: true });
  assert.deepEqual(
    [asked(lines, 'o', ['v', 'u']).decision.verdict, asked(lines, 'o', ['v']).decision.verdict],
    ['deny', 'allow'],
  );
});

test('an allow that was found counts for nothing when the denials could not be gone through', () => {
  const lines = [
    ...held(10, 10_000, WORST['hundreds of stars'] ?? String, 'deny'),
    g('u', 'pol-a'),
    p('pol-a', '*', 'getPod'),
  ];
  assert.deepEqual(asked(lines, LONGEST).decision, { verdict: 'deny', tooCostly: true });
});

test('a denial that was found is told as such', () => {
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

test('an explanation says the same', () => {
  const lines = held(10, 10_000, (i) => `*aab${i}*`);
  const { revision: _, ...explained } = explain(
    indexOf(lines),
    { subjects: ['u'], domain: '', object: LONGEST, action: 'getPod' },
    0,
  );
  assert.deepEqual(explained, { verdict: 'deny', chains: [], beaten: [], complete: false, tooCostly: true });
});

test('advice on a refusal stops before it is costly', () => {
  const lines = [...held(1, 2_000, WORST['hundreds of stars'] ?? String), p('pol0', 'x', 'getPod')];
  const [miss] = nearestMisses(
    indexOf(lines),
    { subjects: ['u'], domain: '', object: LONGEST, action: 'getPod' },
    0,
    1,
  );
  assert.equal(miss?.miss, 'other-object');
});
