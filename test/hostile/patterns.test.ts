/**
 * The most expensive policies that a user can write: 10,000 lines, thousands of stars, parts that nearly match
 * everywhere. The requests have the longest name that is decided at all. The tests assert the decisions, and that they
 * finish. They print the cost beside that of a plain policy in the same run, but do not assert it, because it depends
 * on the machine.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compilePattern, foldCase, matches } from '../../authorization/engine/pattern.ts';
import type { RuleLine } from '../../authorization/rules/line.ts';
import { type AuthorizerOptions, authorize } from '../../authorization/webhook/authorize.ts';
import { CostlyTenants } from '../../authorization/webhook/costly-tenants.ts';
import type { Review } from '../../authorization/webhook/review.ts';
import { g, indexOf, p } from '../support/rule-lines.ts';

const LINES = 10_000;
const LONGEST_NAME = 253;
const LONGEST_PATTERN = 1_024;

describe('a pattern of any length with any number of stars', () => {
  /** Matches with a table over all prefixes: slow but simple. */
  function covers(pattern: string, text: string): boolean {
    let row = [true, ...Array.from({ length: text.length }, () => false)];
    for (const char of pattern) {
      const next = [char === '*' && row[0] === true];
      for (let i = 1; i <= text.length; i++)
        next.push(char === '*' ? row[i] === true || next[i - 1] === true : row[i - 1] === true && text[i - 1] === char);
      row = next;
    }
    return row[text.length] === true;
  }

  const piece = fc
    .tuple(fc.constantFrom('a', 'b', 'ab', '*', '**', 'a*'), fc.oneof(fc.nat(4), fc.constantFrom(120, 249, 251, 300)))
    .map(([text, times]) => text.repeat(times));
  const pattern = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join('').slice(0, LONGEST_PATTERN));

  test('matches exactly what a table over all of its prefixes matches', () => {
    fc.assert(
      fc.property(
        pattern,
        fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join('').replaceAll('*', 'b').slice(0, 700)),
        (source, text) => {
          assert.equal(matches(compilePattern(source), foldCase(text)), covers(source, text));
        },
      ),
      { numRuns: 200 },
    );
  });
  test('matches itself with any text in place of its stars', () => {
    fc.assert(
      fc.property(pattern, fc.constantFrom('', 'a', 'b', 'ba'), (source, filling) => {
        assert.ok(matches(compilePattern(source), source.replaceAll('*', filling)));
      }),
      { numRuns: 500 },
    );
  });
});

const half = 'a'.repeat(120);
const WORST: Record<string, (i: number) => string> = {
  'stars between letters': (i) => `${'*a'.repeat(500)}*b${i}*`,
  'stars alone': (i) => `${'*'.repeat(1_000)}b${i}*`,
  'a part that nearly matches everywhere': (i) => `*${'a'.repeat(20)}b${half}*${i}*`,
  'a part longer than the name in the request': () => `*${'a'.repeat(1_000)}*`,
  'two parts that nearly match everywhere': (i) => `*${half}*${half}ab*${i}*`,
  'a different beginning on each line': (i) => `namespace:dev/pod:${'a'.repeat(i % 250)}*${i}b`,
};

const TOO_COSTLY = new Set(['stars between letters']);

describe('a policy of 10,000 lines of the worst kind is decided:', () => {
  for (const [name, line] of Object.entries(WORST)) {
    test(name, (t) => {
      const hostile = Array.from({ length: LINES }, (_, i) =>
        p('pol-worst', line(i).slice(0, LONGEST_PATTERN), 'getPod'),
      );
      const options = optionsOf([
        ...hostile,
        g('noisy##user##eve', 'pol-worst'),
        p('pol-plain', 'namespace:dev/*', 'getPod'),
        g('acme##user##bob', 'pol-plain'),
      ]);
      const longest = 'a'.repeat(LONGEST_NAME);
      const [worst, refused] = timed(() => ask('eve', 'noisy', longest, options));
      const [usual, alsoRefused] = timed(() => ask('eve', 'noisy', 'front-7d4c9f5f6-x2x9q', options));
      const [plain, allowed] = timed(() => ask('bob', 'acme', longest, options));
      // A decision that needs more steps than allowed is a deny, and for a while its tenant has fewer steps
      // (engine/meter.ts).
      const refusal = TOO_COSTLY.has(name) ? 'deny' : 'none';
      assert.deepEqual([refused, alsoRefused, allowed], [refusal, refusal, 'allow']);
      assert.equal(
        ask('eve', 'noisy', longest, optionsOf([p('pol', `*${longest}`, 'getPod'), g('noisy##user##eve', 'pol')])),
        'allow',
      );
      t.diagnostic(
        `CPU of a decision for its own tenant: ${worst.toFixed(1)} ms with the longest name, ${usual.toFixed(2)} ms with a usual one; for another tenant: ${plain.toFixed(3)} ms`,
      );
    });
  }
});

function optionsOf(lines: readonly RuleLine[]): AuthorizerOptions {
  return {
    index: indexOf(lines),
    projects: { claims: () => [], project: () => undefined },
    chainsFor: 'rule-readers',
    grantorsOf: () => [],
    costlyTenants: new CostlyTenants(),
    nowMs: () => 0,
  };
}

function ask(user: string, tenant: string, name: string, options: AuthorizerOptions): string {
  const resource = { verb: 'get', group: '', resource: 'pods', subresource: '', namespace: 'dev', name };
  const review: Review = {
    apiVersion: 'authorization.k8s.io/v1',
    user,
    groups: [],
    extra: { tenantid: [tenant] },
    resource,
  };
  return authorize(review, 'global', options).verdict;
}

/** Returns the milliseconds of CPU that a second run takes, and its result. */
function timed<T>(run: () => T): readonly [number, T] {
  run();
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return [(user + system) / 1_000, result];
}
