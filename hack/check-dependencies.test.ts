/** What npm prints, and what we make of it: only a full report without grave findings is good. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { NOT_CHECKED, verdictOf } from './check-dependencies.ts';

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
  'a report that found nothing is good': [reportOf({}), 0, ''],
  'a finding below high is shown, and fails nothing': [reportOf({ a: 'moderate' }), 0, 'moderate a <2.0.0'],
  'a high one fails': [reportOf({ a: 'high' }), 1, 'high     a <2.0.0'],
  'a critical one fails, and every finding is shown': [
    reportOf({ b: 'low', a: 'critical' }),
    1,
    'critical a <2.0.0\nlow      b <2.0.0',
  ],
  'a registry without the audit was not asked': [
    JSON.stringify({
      message: '405 Method Not Allowed - POST https://mirror.test/audit',
      uri: 'https://mirror.test/audit',
      statusCode: 405,
      error: { summary: '', detail: '' },
    }),
    NOT_CHECKED,
    'the registry gave no audit report (HTTP 405)',
  ],
  'a machine without a network was not told': [
    JSON.stringify({ error: { code: 'ENOTFOUND', summary: 'request to https://mirror.test failed', detail: '' } }),
    NOT_CHECKED,
    'the registry gave no audit report (ENOTFOUND)',
  ],
  'half an answer is none': [reportOf({ a: 'high' }).slice(0, -1), NOT_CHECKED, 'the registry gave no audit report'],
  'an answer that is no report is none': ['{}', NOT_CHECKED, 'the registry gave no audit report'],
  'no answer at all is none': ['', NOT_CHECKED, 'the registry gave no audit report'],
};

describe('npm audit', () => {
  for (const [sentence, [output, code, text]] of Object.entries(CASES)) {
    test(sentence, () => assert.deepEqual(verdictOf(output), { code, text }));
  }
});

/** npm remembers advisories: of ours nothing may stay. */
let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(tmpdir(), 'steward-audit-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** The exit code of the check, with npm itself and a stub of a registry that answers the audit with `status` and `body`. */
async function checkedBy(status: number, body: object): Promise<number | null> {
  const registry: Server = createServer((request, response) => {
    request.resume();
    // It knows no packages, only what is wrong with them.
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

describe('the check, asking a registry', () => {
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
  test('is good when no advisory is known', async () => assert.equal(await checkedBy(200, {}), 0));
  test('fails for a grave advisory of a dependency', async () =>
    assert.equal(await checkedBy(200, advisory('pino', 'high')), 1));
  test('does not fail for a slight one', async () => assert.equal(await checkedBy(200, advisory('pino', 'low')), 0));
  test('says that nothing was checked where there is no audit', async () =>
    assert.equal(await checkedBy(405, {}), NOT_CHECKED));
});
