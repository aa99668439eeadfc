import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerProblem, networkProblem } from './connection-problem.ts';

const SERVER = 'https://10.0.0.1:6443';
const coded = (code: string): Error => Object.assign(new Error('it failed'), { code });

describe('a request without an answer', () => {
  const reasons: Record<string, string> = {
    ENOTFOUND: 'HostNotFound',
    EAI_AGAIN: 'HostNotFound',
    ECONNREFUSED: 'ConnectionRefused',
    ETIMEDOUT: 'Timeout',
    UND_ERR_CONNECT_TIMEOUT: 'Timeout',
    UND_ERR_BODY_TIMEOUT: 'Timeout',
    EHOSTUNREACH: 'NetworkUnreachable',
    EPERM: 'NetworkUnreachable',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'CertificateUntrusted',
    SELF_SIGNED_CERT_IN_CHAIN: 'CertificateUntrusted',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CertificateUntrusted',
    ERR_TLS_CERT_ALTNAME_INVALID: 'CertificateForAnotherName',
    CERT_HAS_EXPIRED: 'CertificateExpired',
    ECONNRESET: 'NetworkError',
  };
  for (const [code, reason] of Object.entries(reasons)) {
    test(`fails with ${reason} for ${code}, also when it is wrapped in other errors`, () => {
      for (const error of [
        coded(code),
        new Error('fetch failed', { cause: coded(code) }),
        new Error('a', { cause: new Error('b', { cause: coded(code) }) }),
      ]) {
        const problem = networkProblem(error, SERVER);
        assert.deepEqual([problem.about, problem.reason], ['Reachable', reason]);
        assert.ok(problem.message.includes(SERVER));
      }
    });
  }
  test('fails with Timeout when its own time limit ends it', () => {
    assert.equal(
      networkProblem(AbortSignal.abort(new DOMException('too slow', 'TimeoutError')).reason, SERVER).reason,
      'Timeout',
    );
  });
  test('fails with NetworkError for anything else that is thrown', () => {
    for (const thrown of ['text', undefined, null, 5])
      assert.equal(networkProblem(thrown, SERVER).reason, 'NetworkError');
  });
});

describe('an answer', () => {
  const problems: Record<number, readonly [string, string] | undefined> = {
    200: undefined,
    404: undefined,
    401: ['Authorized', 'Unauthorized'],
    403: ['Authorized', 'Forbidden'],
    429: ['Healthy', 'Overloaded'],
    500: ['Healthy', 'ServerError'],
    503: ['Healthy', 'ServerError'],
  };
  for (const [status, wanted] of Object.entries(problems)) {
    test(`HTTP ${status} is ${wanted?.join(' ') ?? 'no problem'}`, () => {
      const problem = answerProblem(Number(status), SERVER, '/version');
      assert.deepEqual(problem && [problem.about, problem.reason], wanted);
      if (problem !== undefined) assert.ok(problem.message.includes(SERVER));
    });
  }
});
