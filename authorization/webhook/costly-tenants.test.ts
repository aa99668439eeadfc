/** Policies that are too costly to evaluate: who gets which answer, and for how long. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { HUB } from '../../api/installation.ts';
import { g, indexOf, p } from '../../test/support/rule-lines.ts';
import { STEPS_AT_MOST } from '../engine/meter.ts';
import { type Answer, type AuthorizerOptions, authorize } from './authorize.ts';
import { CostlyTenants } from './costly-tenants.ts';

const LONG = 'a'.repeat(253);

const LINES = [
  ...Array.from({ length: 3 }, (_, policy) => [
    g('noisy##user##eve', `pol-${policy}`),
    ...Array.from({ length: 10_000 }, (__, i) => p(`pol-${policy}`, `${'*a'.repeat(100)}*${i}*`, 'getPod')),
  ]).flat(),
  g('noisy##user##moe', 'pol-moe'),
  ...Array.from({ length: 3_000 }, (_, i) => p('pol-moe', `${'*a'.repeat(100)}*${i}*`, 'getPod')),
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

function authorizer(costlyTenants: CostlyTenants, index = indexOf(LINES)): AuthorizerOptions {
  return {
    index,
    costlyTenants,
    projects: { claims: () => [], project: () => undefined },
    chainsFor: 'rule-readers',
    grantorsOf: () => ['ann'],
    nowMs: () => 0,
  };
}

test('a question that is too costly is denied with a reason; all other questions are decided', () => {
  const options = authorizer(new CostlyTenants());
  const { verdict, reason } = ask(options, 'noisy/eve', 'get');
  assert.equal(verdict, 'deny');
  assert.match(
    reason,
    /^eve of tenant noisy may not getPod on namespace:dev\/pod:a+: the policies of tenant noisy .* too costly to evaluate .* Ask an administrator of tenant noisy: ann\.$/,
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

test('authorizers affect each other only through a memory that they share', () => {
  const index = indexOf(LINES);
  const [own, other] = [new CostlyTenants(), new CostlyTenants()];
  /** Costs more than a costly tenant may use, and less than the limit of others. */
  const askMoe = (options: AuthorizerOptions): string => ask(options, 'noisy/moe', 'get').verdict;
  assert.equal(askMoe(authorizer(own, index)), 'none');
  assert.equal(ask(authorizer(own, index), 'noisy/eve', 'get').verdict, 'deny');
  assert.equal(askMoe(authorizer(own, index)), 'deny');
  assert.equal(askMoe(authorizer(other, index)), 'none');
  assert.equal(askMoe(authorizer(own, indexOf(LINES))), 'deny');
});

test('a tenant gets fewer steps for ten seconds after a costly question; other tenants keep all of theirs', () => {
  const tenants = new CostlyTenants();
  assert.equal(tenants.stepsFor('noisy', 1_000), STEPS_AT_MOST);
  tenants.note('noisy', 1_000);
  assert.equal(tenants.stepsFor('noisy', 1_001), STEPS_AT_MOST / 5);
  assert.equal(tenants.stepsFor('acme', 1_001), STEPS_AT_MOST);
  assert.equal(tenants.stepsFor('noisy', 11_000), STEPS_AT_MOST);
  tenants.note('noisy', 1_000_000);
  assert.equal(tenants.stepsFor('noisy', 1_000), STEPS_AT_MOST);
});
