/** Only a complete report without serious findings passes the audit. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { auditResult, NOT_CHECKED } from './check-dependencies.ts';

function reportOf(severities: Readonly<Record<string, string>>): string {
  const vulnerabilities = Object.fromEntries(
    Object.entries(severities).map(([name, severity]) => [name, { name, severity, range: '<2.0.0' }]),
  );
  const counts = Object.fromEntries(
    ['info', 'low', 'moderate', 'high', 'critical'].map((each) => [
      each,
      Object.values(severities).filter((severity) => severity === each).length,
    ]),
  );
  return JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata: { vulnerabilities: counts } });
}

const CASES: Readonly<Record<string, readonly [output: string, code: number, text: string]>> = {
  'a report without findings passes': [reportOf({}), 0, ''],
  'a finding below high is shown and passes': [reportOf({ a: 'moderate' }), 0, 'moderate a <2.0.0'],
  'a high finding fails': [reportOf({ a: 'high' }), 1, 'high     a <2.0.0'],
  'a critical finding fails, and every finding is shown': [
    reportOf({ b: 'low', a: 'critical' }),
    1,
    'critical a <2.0.0\nlow      b <2.0.0',
  ],
  'a registry without audits gives no answer': [
    JSON.stringify({
      message: '405 Method Not Allowed - POST https://mirror.test/audit',
      uri: 'https://mirror.test/audit',
      statusCode: 405,
      error: { summary: '', detail: '' },
    }),
    NOT_CHECKED,
    'the registry gave no audit report (HTTP 405)',
  ],
  'a machine without a network gets no answer': [
    JSON.stringify({ error: { code: 'ENOTFOUND', summary: 'request to https://mirror.test failed', detail: '' } }),
    NOT_CHECKED,
    'the registry gave no audit report (ENOTFOUND)',
  ],
  'a truncated report is no answer': [
    reportOf({ a: 'high' }).slice(0, -1),
    NOT_CHECKED,
    'the registry gave no audit report',
  ],
  'output that is no report is no answer': ['{}', NOT_CHECKED, 'the registry gave no audit report'],
  'empty output is no answer': ['', NOT_CHECKED, 'the registry gave no audit report'],
};

describe('npm audit', () => {
  for (const [sentence, [output, code, text]] of Object.entries(CASES)) {
    test(sentence, () => assert.deepEqual(auditResult(output), { code, text }));
  }
});

/** npm caches advisories; those of the stub must not stay on this machine. */
let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(tmpdir(), 'steward-audit-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** Returns the exit code of the check, with npm itself and a stub of a registry that answers the audit with `status` and `body`. */
async function checkedBy(status: number, body: object): Promise<number | null> {
  const registry: Server = createServer((request, response) => {
    request.resume();
    // It serves audits, but no packages.
    response
      .writeHead(request.method === 'POST' ? status : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(request.method === 'POST' ? body : {}));
  });
  await new Promise<void>((resolve) => void registry.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  const env = { ...process.env, npm_config_registry: url, npm_config_cache: cache };
  const check = spawn(process.execPath, [path.join(import.meta.dirname, 'check-dependencies.ts')], {
    stdio: 'ignore',
    env,
  });
  const code = await new Promise<number | null>((resolve) => void check.once('exit', resolve));
  registry.closeAllConnections();
  registry.close();
  return code;
}

describe('the check', () => {
  const advisory = (name: string, severity: string): object => ({
    [name]: [
      {
        id: 1,
        url: 'https://advisory.test/1',
        title: 'bad',
        severity,
        vulnerable_versions: '<99.0.0',
        cwe: [],
        cvss: { score: 9, vectorString: null },
      },
    ],
  });
  test('passes when the registry knows no advisory', async () => assert.equal(await checkedBy(200, {}), 0));
  test('fails for a serious advisory on a dependency', async () =>
    assert.equal(await checkedBy(200, advisory('pino', 'high')), 1));
  test('passes for a minor one', async () => assert.equal(await checkedBy(200, advisory('pino', 'low')), 0));
  test('reports that it could not run when the registry has no audits', async () =>
    assert.equal(await checkedBy(405, {}), NOT_CHECKED));
});
