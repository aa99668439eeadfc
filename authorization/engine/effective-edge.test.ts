import assert from 'node:assert/strict';
import test from 'node:test';
import { g, indexOf, p } from '../../test/support/rule-lines.ts';
import { policyHolders } from '../upgrade-review/policy-holders.ts';
import { decide } from './decide.ts';
import { appliesIn, isEffective } from './effective-edge.ts';
import { explain } from './explain.ts';
import { whoCan } from './who-can.ts';

const END = '2026-11-23T00:00:00Z';
const END_MS = Date.parse(END);

/** By the domain of the edge and that of the question: whether the edge applies there. */
const APPLIES = [
  { edge: '*', asked: '*', applies: true },
  { edge: '*', asked: '', applies: true },
  { edge: '*', asked: 'prj', applies: true },
  { edge: '*', asked: undefined, applies: true },
  { edge: 'prj', asked: '*', applies: false },
  { edge: 'prj', asked: '', applies: false },
  { edge: 'prj', asked: 'prj', applies: true },
  { edge: 'prj', asked: 'other', applies: false },
  { edge: 'prj', asked: 'PRJ', applies: false },
  { edge: 'prj', asked: undefined, applies: true },
  { edge: '', asked: '', applies: false },
  { edge: '', asked: 'prj', applies: false },
] as const;

/** By the end of the edge and the time of the question: whether it has not ended yet. */
const LASTS = [
  { end: 'none', atMs: undefined, nowMs: END_MS, lasts: true },
  { end: 'none, and no clock', atMs: undefined, nowMs: Number.NaN, lasts: true },
  { end: 'a millisecond ahead', atMs: END_MS, nowMs: END_MS - 1, lasts: true },
  { end: 'now', atMs: END_MS, nowMs: END_MS, lasts: false },
  { end: 'a millisecond ago', atMs: END_MS, nowMs: END_MS + 1, lasts: false },
  { end: 'not a time', atMs: -Infinity, nowMs: 0, lasts: false },
  { end: 'ahead, and no clock', atMs: END_MS, nowMs: Number.NaN, lasts: false },
] as const;

for (const { edge, asked, applies } of APPLIES) {
  for (const { end, atMs, nowMs, lasts } of LASTS) {
    test(`an edge in '${edge}' with the end: ${end}, asked in ${asked === undefined ? 'any domain' : `'${asked}'`}`, () => {
      const subject = { domain: edge, end: atMs === undefined ? undefined : { atMs, text: END } };
      assert.equal(appliesIn(subject, asked), applies);
      assert.equal(isEffective(subject, asked, nowMs), applies && lasts);
    });
  }
}

const USER = 't##user##ann';
const ACCESS = { object: 'o', action: 'get' };

/** Every combination of an edge's domain and end with a question's domain and time. */
const COMBINATIONS = ['*', 'prj'].flatMap((edgeDomain) =>
  [undefined, END, 'not a time'].flatMap((notAfter) =>
    ['', 'prj', 'other', '*'].flatMap((domain) =>
      [END_MS - 1, END_MS, END_MS + 1].map((nowMs) => ({ edgeDomain, notAfter, domain, nowMs })),
    ),
  ),
);

for (const { edgeDomain, notAfter, domain, nowMs } of COMBINATIONS) {
  test(`all callers agree: edge in '${edgeDomain}' until ${notAfter}, asked in '${domain}' at ${nowMs}`, () => {
    const lasts = notAfter === undefined || (notAfter === END && nowMs < END_MS);
    const expected = lasts && (edgeDomain === '*' || edgeDomain === domain);
    const index = indexOf([g(USER, 'pol', edgeDomain, notAfter), p('pol', 'o', 'get')]);
    const request = { ...ACCESS, subjects: [USER], domain };
    assert.equal(decide(index, request, nowMs).verdict === 'allow', expected, 'decide');
    assert.equal(explain(index, request, nowMs).verdict === 'allow', expected, 'explain');
    assert.equal(whoCan(index, { ...ACCESS, domain }, nowMs).users.includes(USER), expected, 'who-can');
    const policy = index.name('pol');
    assert.ok(policy);
    assert.equal(policyHolders(policy, domain, nowMs).subjects.has(USER), expected, 'upgrade review');
    assert.equal(policyHolders(policy, undefined, nowMs).subjects.has(USER), lasts, 'upgrade review, any domain');
  });
}

test('without a clock, a binding that has an end does not count, wherever it is asked', () => {
  const index = indexOf([g(USER, 'pol', '*', END), p('pol', 'o', 'get')]);
  const request = { ...ACCESS, subjects: [USER], domain: '' };
  assert.equal(decide(index, request, Number.NaN).verdict, 'none');
  assert.equal(explain(index, request, Number.NaN).verdict, 'none');
  assert.deepEqual(whoCan(index, { ...ACCESS, domain: '' }, Number.NaN).users, []);
});
