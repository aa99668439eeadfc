/** What a review reads, and what it says if it cannot. reconcile.test.ts shows how an upgrade waits for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Rule } from '../../api/auth/rule.ts';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { ruleObject } from '../../authorization/rules/rule-object.ts';
import type { Judgement } from '../../authorization/upgrade-review/review-upgrade.ts';
import type { Client } from '../../runtime/client/client.ts';
import { ApiError } from '../../runtime/errors.ts';
import { permissionReview } from './permission-review.ts';

const owner = { apiVersion: 'auth.tkestack.io/v1', kind: 'Policy', name: 'pol-see', uid: 'u-1' };
const RULES = [
  ruleObject(owner, {
    ptype: 'p',
    policy: 'pol-see',
    domain: '*',
    object: 'cluster:dev/*',
    action: 'get*',
    effect: 'allow',
  }),
  ruleObject(owner, { ptype: 'g', member: 'acme##user##dora', of: 'pol-see', domain: '*' }),
] as Rule[];
const cluster: Cluster = {
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'Cluster',
  metadata: { name: 'dev' },
  spec: { tenantID: 'acme', type: 'Local' },
};

const judge = (list: () => Promise<Rule[]>): Promise<Judgement> => {
  const client = { list, get: () => Promise.resolve(undefined) } as unknown as Client;
  return permissionReview({ client, namespace: INSTALLATION_NAMESPACE, userAgent: 'test', now: () => 0 })({
    cluster,
    from: 'v1.35.4',
    to: 'v1.36.3',
  });
};

test('a cluster without a credential is judged by its release, and the message says so', async () => {
  const { status, reason, message } = await judge(() => Promise.resolve(RULES));
  assert.deepEqual([status, reason], ['False', 'PermissionsGained']);
  assert.match(message, /user dora of tenant acme; the cluster could not be asked/);
});

test('Rules that cannot be read give Unknown, and stop nothing', async () => {
  const { status, reason, message } = await judge(() =>
    Promise.reject(new ApiError(403, 'Forbidden', 'may not list rules')),
  );
  assert.deepEqual([status, reason], ['Unknown', 'ReviewFailed']);
  assert.match(message, /may not list rules/);
});
