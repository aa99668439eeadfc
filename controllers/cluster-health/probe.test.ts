import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HEALTH_CONDITIONS } from '../../api/platform/cluster-status.ts';
import { probe } from './probe.ts';

const { signal } = new AbortController();
const SERVER = 'https://member:6443';

/** What each path answers: a status, or the code of a network error. */
type Answers = Readonly<Record<string, number | string>>;

interface Asked {
  readonly path: string;
  readonly timeoutMs: number | undefined;
}

/** A member that takes `eachMs` for an answer. */
function memberOf(
  answers: Answers,
  eachMs = 0,
): {
  get: (path: string, timeoutMs?: number) => Promise<{ status: number; body: string; retryAfterMs: undefined }>;
  asked: Asked[];
  now: () => number;
} {
  let now = 0;
  const asked: Asked[] = [];
  return {
    asked,
    now: () => now,
    get: (path, timeoutMs) => {
      asked.push({ path, timeoutMs });
      now += eachMs;
      const answer = answers[path.split('/').at(-1) ?? ''] ?? 404;
      if (typeof answer === 'string') return Promise.reject(Object.assign(new Error('no answer'), { code: answer }));
      return Promise.resolve({ status: answer, body: '', retryAfterMs: undefined });
    },
  };
}

describe('a member whose answers are', () => {
  // Authorized, Healthy, Reachable: good, bad or nothing, with the reason.
  const cases: readonly (readonly [sentence: string, answers: Answers, wanted: readonly string[]])[] = [
    ['/readyz 200', { readyz: 200 }, ['good Accepted', 'good Ready', 'good Answers']],
    ['/readyz 500', { readyz: 500 }, ['nothing Unhealthy', 'bad ServerError', 'good Answers']],
    ['/readyz 429', { readyz: 429 }, ['nothing Unhealthy', 'bad Overloaded', 'good Answers']],
    ['/readyz 401', { readyz: 401 }, ['bad Unauthorized', 'nothing NotAuthorized', 'good Answers']],
    [
      '/readyz 403, but /version 200',
      { readyz: 403, version: 200 },
      ['good Accepted', 'nothing HealthNotTold', 'good Answers'],
    ],
    [
      '/readyz 403, /version 403, kube-system 200',
      { readyz: 403, version: 403, 'kube-system': 200 },
      ['good Accepted', 'nothing HealthNotTold', 'good Answers'],
    ],
    [
      '403 everywhere',
      { readyz: 403, version: 403, 'kube-system': 403 },
      ['bad Forbidden', 'nothing NotAuthorized', 'good Answers'],
    ],
    ['/readyz 404, /version 200', { version: 200 }, ['good Accepted', 'nothing HealthNotTold', 'good Answers']],
    [
      '/readyz 404, /version 404, kube-system 200',
      { 'kube-system': 200 },
      ['good Accepted', 'nothing HealthNotTold', 'good Answers'],
    ],
    [
      '/readyz 404, /version 404, kube-system 403',
      { 'kube-system': 403 },
      ['bad Forbidden', 'nothing NotAuthorized', 'good Answers'],
    ],
    [
      '404 but for a list of namespaces',
      { 'namespaces?limit=1': 200 },
      ['good Accepted', 'nothing HealthNotTold', 'good Answers'],
    ],
    ['/readyz 404, /version 401', { version: 401 }, ['bad Unauthorized', 'nothing NotAuthorized', 'good Answers']],
    ['/readyz 404, /version 503', { version: 503 }, ['nothing Unhealthy', 'bad ServerError', 'good Answers']],
    ['404 everywhere', {}, ['nothing Unhealthy', 'bad UnexpectedAnswer', 'good Answers']],
    ['a redirect', { readyz: 302 }, ['nothing Unhealthy', 'bad UnexpectedAnswer', 'good Answers']],
    [
      'a refused connection',
      { readyz: 'ECONNREFUSED' },
      ['nothing Unreachable', 'nothing Unreachable', 'bad ConnectionRefused'],
    ],
    [
      'a certificate of another CA',
      { readyz: 'SELF_SIGNED_CERT_IN_CHAIN' },
      ['nothing Unreachable', 'nothing Unreachable', 'bad CertificateUntrusted'],
    ],
    [
      '/readyz 404, then silence',
      { version: 'ETIMEDOUT' },
      ['nothing Unreachable', 'nothing Unreachable', 'bad Timeout'],
    ],
  ];
  for (const [sentence, answers, wanted] of cases) {
    test(sentence, async () => {
      const member = memberOf(answers);
      const { seen } = await probe({ member, server: SERVER, limitMs: 10_000, now: member.now, signal });
      assert.deepEqual(
        HEALTH_CONDITIONS.map((type) => `${seen[type].seen} ${seen[type].reason}`),
        wanted,
      );
    });
  }
});

describe('a probe', () => {
  test('asks one thing of a member that is well', async () => {
    const member = memberOf({ readyz: 200 });
    await probe({ member, server: SERVER, limitMs: 10_000, now: member.now, signal });
    assert.deepEqual(member.asked, [{ path: '/readyz', timeoutMs: 10_000 }]);
  });
  test('has one time limit for all its requests together', async () => {
    const member = memberOf({}, 4_000);
    await probe({ member, server: SERVER, limitMs: 10_000, now: member.now, signal });
    assert.deepEqual(
      member.asked.map(({ timeoutMs }) => timeoutMs),
      [10_000, 6_000, 2_000, 1],
    );
  });
  test('has whole milliseconds as its limit, whatever the clock says', async () => {
    const member = memberOf({}, 0.3);
    await probe({ member, server: SERVER, limitMs: 10_000, now: member.now, signal });
    assert.deepEqual(
      member.asked.map(({ timeoutMs }) => timeoutMs),
      [10_000, 10_000, 10_000, 10_000],
    );
  });
  test('says whether it ran out of time', async () => {
    for (const [code, wanted] of [
      ['ETIMEDOUT', true],
      ['ECONNREFUSED', false],
    ] as const) {
      const member = memberOf({ readyz: code });
      assert.equal(
        (await probe({ member, server: SERVER, limitMs: 10_000, now: member.now, signal })).timedOut,
        wanted,
      );
    }
  });
});
