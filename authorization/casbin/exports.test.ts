/** The exports of package.json exist, under the names in the README. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  exports: Record<string, string>;
};
const NAMES: Readonly<Record<string, string>> = {
  './casbin/adapter': 'RuleAdapter',
  './casbin/enforcer': 'newRuleEnforcer',
  './casbin/rule-source': 'cachedRules',
  './casbin/watcher': 'RuleWatcher',
  './api/rule': 'rules',
  './runtime/client': 'createClient',
  './runtime/credentials': 'loadKubeConfig',
  './runtime/informer': 'Informer',
  './runtime/log': 'createLogger',
};

test('the test covers every export', () => assert.deepEqual(Object.keys(exports).sort(), Object.keys(NAMES).sort()));
for (const [path, name] of Object.entries(NAMES)) {
  test(`steward${path.slice(1)} exports ${name}`, async () => {
    const exported: Record<string, unknown> = await import(`steward${path.slice(1)}`);
    assert.equal(name in exported, true);
  });
}
