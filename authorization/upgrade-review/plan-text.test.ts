import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../api/platform/cluster.ts';
import { upgradePlan } from './plan-text.ts';

const cluster = (
  version: string | undefined,
  more: Partial<Cluster['spec']> = {},
  annotations: Record<string, string> = {},
): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'Cluster',
  metadata: { name: 'dev', annotations },
  spec: { tenantID: 'acme', type: 'Local', ...more },
  status: { version, controlPlane: { desired: 3, ready: 3, upToDate: 3 } },
});
const webhook = { url: 'https://127.0.0.1:1/' };
const required = { 'platform.tkestack.io/review-permissions': 'required' };

const TABLE: Readonly<
  Record<string, readonly [found: ReturnType<typeof upgradePlan>, from: string | undefined, lines: readonly string[]]>
> = {
  'an upgrade lists its hooks in order': [
    upgradePlan(
      cluster('v1.35.4', {
        hooks: [
          { name: 'tell', moment: 'AfterUpgrade', webhook },
          { name: 'save', moment: 'BeforeUpgrade', webhook },
        ],
      }),
      '1.36.3',
    ),
    'v1.35.4',
    [
      'Cluster dev will be upgraded from v1.35.4 to v1.36.3:',
      '  run hook save',
      '  replace its 3 control plane replicas',
      '  run hook tell',
    ],
  ],
  'a required review is listed with its command': [
    upgradePlan(cluster('v1.35.4', { paused: true }, required), 'v1.36.3'),
    'v1.35.4',
    [
      'Cluster dev will be upgraded from v1.35.4 to v1.36.3:',
      '  wait while spec.paused is true',
      '  if it changes permissions, wait for: kubectl annotate --overwrite cls dev platform.tkestack.io/permissions-reviewed=v1.36.3',
      '  replace its 3 control plane replicas',
    ],
  ],
  'the current version is not an upgrade': [
    upgradePlan(cluster('1.36.3'), 'v1.36.3'),
    undefined,
    ['Cluster dev already has v1.36.3'],
  ],
  'an older version is not an upgrade': [
    upgradePlan(cluster('v1.36.3'), 'v1.30.0'),
    undefined,
    ['Cluster dev has v1.36.3; a downgrade to v1.30.0 is not possible'],
  ],
  'the first version is not an upgrade': [
    upgradePlan(cluster(undefined), 'v1.30.0'),
    undefined,
    ['Cluster dev has no version yet and will be created with v1.30.0'],
  ],
};
for (const [sentence, [found, from, lines]] of Object.entries(TABLE))
  test(sentence, () => assert.deepEqual(found, { from, lines }));
