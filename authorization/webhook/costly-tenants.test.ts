/** Policies that are too costly to decide by: what is answered, to whom, and for how long. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { HUB } from '../../api/installation.ts';
import { g, indexOf, p } from '../../test/support/lines.ts';
import { STEPS_AT_MOST } from '../engine/meter.ts';
import { type Answer, type AuthorizerOptions, authorize } from './authorize.ts';
import { CostlyTenants } from './costly-tenants.ts';

const LONG = 'a'.repeat(253);

const LINES = [
  ...Array.from({ length: 3 }, (_, policy) => [
    g('noisy##user##eve', `pol-${policy}`),
    ...Array.from({ length: 10_000 }, (__, i) => p(`pol-${policy}`, `${'*a'.repeat(100)}*${i}*`, 'getPod')),
  ]).flat(),
  g('noisy##user##eve', 'pol-usual'),
  p('pol-usual', 'namespace:dev/*', 'listPods'),
  g('noisy##user##sam', 'pol-usual'),
  g('acme##user##bob', 'pol-usual'),
];

function ask(options: AuthorizerOptions, who: string, verb: string, name = LONG): Answer {
  const [tenant = '', user = ''] = who.split('/');
  const resource = { verb, group: '', resource: 'pods', subresource: '', namespace: 'dev', name };
  return authorize(
    { apiVersion: 'authorization.k8s.io/v1', user, groups: [], extra: { tenantid: [tenant] }, resource },
    HUB,
    options,
  );
}

test('a question that is too costly is denied, and says why and whom to ask; all others are decided', () => {
  const options: AuthorizerOptions = {
    index: indexOf(LINES),
    projects: { claims: () => [], project: () => undefined },
    chainsFor: 'rule-readers',
    whomToAsk: () => ['ann'],
    nowMs: () => 0,
  };
  const { verdict, reason } = ask(options, 'noisy/eve', 'get');
  assert.equal(verdict, 'deny');
  assert.match(
    reason,
    /^eve of tenant noisy, getPod on namespace:dev\/pod:a+: denied, since the policies of tenant noisy .* too costly to decide by .* Ask whoever administers tenant noisy: ann\.$/,
  );
  assert.deepEqual(
    [
      ask(options, 'noisy/eve', 'list', ''),
      ask(options, 'noisy/sam', 'list', ''),
      ask(options, 'acme/bob', 'list', ''),
    ].map((answer) => answer.verdict),
    ['allow', 'allow', 'allow'],
  );
  assert.equal(ask(options, 'noisy/eve', 'get').verdict, 'deny');
});

test('a tenant has fewer steps for a while after one, and others have not', () => {
  const tenants = new CostlyTenants();
  assert.equal(tenants.stepsFor('noisy', 1_000), STEPS_AT_MOST);
  tenants.note('noisy', 1_000);
  assert.equal(tenants.stepsFor('noisy', 1_001), STEPS_AT_MOST / 5);
  assert.equal(tenants.stepsFor('acme', 1_001), STEPS_AT_MOST);
  assert.equal(tenants.stepsFor('noisy', 11_000), STEPS_AT_MOST);
  tenants.note('noisy', 1_000_000);
  assert.equal(tenants.stepsFor('noisy', 1_000), STEPS_AT_MOST);
});
