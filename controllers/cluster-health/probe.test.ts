import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HEALTH_CONDITIONS } from '../../api/platform/cluster-status.ts';
import { probe } from './probe.ts';

const { signal } = new AbortController();
const SERVER = 'https://member:6443';

/** The answer to each path: a status, or the code of a network error. */
type Answers = Readonly<Record<string, number | string>>;

interface Request {
  readonly path: string;
  readonly timeoutMs: number | undefined;
}

/** A stub API server that takes `eachMs` for each answer. */
function apiOf(
  answers: Answers,
  eachMs = 0,
): {
  get: (path: string, timeoutMs?: number) => Promise<{ status: number; body: string; retryAfterMs: undefined }>;
  requests: Request[];
  now: () => number;
} {
  let now = 0;
  const requests: Request[] = [];
  return {
    requests,
    now: () => now,
    get: (path, timeoutMs) => {
      requests.push({ path, timeoutMs });
      now += eachMs;
      const answer = answers[path.split('/').at(-1) ?? ''] ?? 404;
      if (typeof answer === 'string') return Promise.reject(Object.assign(new Error('no answer'), { code: answer }));
      return Promise.resolve({ status: answer, body: '', retryAfterMs: undefined });
    },
  };
}

describe('an API server that answers', () => {
  // Authorized, Healthy, Reachable: good, bad or nothing, with the reason.
  const cases: readonly (readonly [sentence: string, answers: Answers, wanted: readonly string[]])[] = [
    ['/readyz 200', { readyz: 200 }, ['good Accepted', 'good Ready', 'good Answers']],
    ['/readyz 500', { readyz: 500 }, ['unknown Unhealthy', 'bad ServerError', 'good Answers']],
    ['/readyz 429', { readyz: 429 }, ['unknown Unhealthy', 'bad Overloaded', 'good Answers']],
    ['/readyz 401', { readyz: 401 }, ['bad Unauthorized', 'unknown NotAuthorized', 'good Answers']],
    [
      '/readyz 403, but /version 200',
      { readyz: 403, version: 200 },
      ['good Accepted', 'unknown HealthNotTold', 'good Answers'],
    ],
    [
      '/readyz 403, /version 403, kube-system 200',
      { readyz: 403, version: 403, 'kube-system': 200 },
      ['good Accepted', 'unknown HealthNotTold', 'good Answers'],
    ],
    [
      '403 everywhere',
      { readyz: 403, version: 403, 'kube-system': 403 },
      ['bad Forbidden', 'unknown NotAuthorized', 'good Answers'],
    ],
    ['/readyz 404, /version 200', { version: 200 }, ['good Accepted', 'unknown HealthNotTold', 'good Answers']],
    [
      '/readyz 404, /version 404, kube-system 200',
      { 'kube-system': 200 },
      ['good Accepted', 'unknown HealthNotTold', 'good Answers'],
    ],
    [
      '/readyz 404, /version 404, kube-system 403',
      { 'kube-system': 403 },
      ['bad Forbidden', 'unknown NotAuthorized', 'good Answers'],
    ],
    [
      '404 except for a list of namespaces',
      { 'namespaces?limit=1': 200 },
      ['good Accepted', 'unknown HealthNotTold', 'good Answers'],
    ],
    ['/readyz 404, /version 401', { version: 401 }, ['bad Unauthorized', 'unknown NotAuthorized', 'good Answers']],
    ['/readyz 404, /version 503', { version: 503 }, ['unknown Unhealthy', 'bad ServerError', 'good Answers']],
    ['404 everywhere', {}, ['unknown Unhealthy', 'bad UnexpectedAnswer', 'good Answers']],
    ['a redirect', { readyz: 302 }, ['unknown Unhealthy', 'bad UnexpectedAnswer', 'good Answers']],
    [
      'a refused connection',
      { readyz: 'ECONNREFUSED' },
      ['unknown Unreachable', 'unknown Unreachable', 'bad ConnectionRefused'],
    ],
    [
      'a certificate of another CA',
      { readyz: 'SELF_SIGNED_CERT_IN_CHAIN' },
      ['unknown Unreachable', 'unknown Unreachable', 'bad CertificateUntrusted'],
    ],
    [
      '/readyz 404, then silence',
      { version: 'ETIMEDOUT' },
      ['unknown Unreachable', 'unknown Unreachable', 'bad Timeout'],
    ],
  ];
  for (const [sentence, answers, wanted] of cases) {
    test(sentence, async () => {
      const api = apiOf(answers);
      const { observations } = await probe({ api, server: SERVER, limitMs: 10_000, now: api.now, signal });
      assert.deepEqual(
        HEALTH_CONDITIONS.map((type) => `${observations[type].outcome} ${observations[type].reason}`),
        wanted,
      );
    });
  }
});

describe('a probe', () => {
  test('sends one request to a healthy API server', async () => {
    const api = apiOf({ readyz: 200 });
    await probe({ api, server: SERVER, limitMs: 10_000, now: api.now, signal });
    assert.deepEqual(api.requests, [{ path: '/readyz', timeoutMs: 10_000 }]);
  });
  test('has one time limit for all its requests', async () => {
    const api = apiOf({}, 4_000);
    await probe({ api, server: SERVER, limitMs: 10_000, now: api.now, signal });
    assert.deepEqual(
      api.requests.map(({ timeoutMs }) => timeoutMs),
      [10_000, 6_000, 2_000, 1],
    );
  });
  test('passes whole milliseconds as the limit of a request', async () => {
    const api = apiOf({}, 0.3);
    await probe({ api, server: SERVER, limitMs: 10_000, now: api.now, signal });
    assert.deepEqual(
      api.requests.map(({ timeoutMs }) => timeoutMs),
      [10_000, 10_000, 10_000, 10_000],
    );
  });
  test('reports whether it ran out of time', async () => {
    for (const [code, wanted] of [
      ['ETIMEDOUT', true],
      ['ECONNREFUSED', false],
    ] as const) {
      const api = apiOf({ readyz: code });
      assert.equal((await probe({ api, server: SERVER, limitMs: 10_000, now: api.now, signal })).timedOut, wanted);
    }
  });
});
