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
  'an upgrade is told with its hooks in their order': [
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
      'Cluster dev is upgraded from v1.35.4 to v1.36.3:',
      '  run the hook save',
      '  replace the 3 members of its control plane',
      '  run the hook tell',
    ],
  ],
  'a look that is required is told with its command': [
    upgradePlan(cluster('v1.35.4', { paused: true }, required), 'v1.36.3'),
    'v1.35.4',
    [
      'Cluster dev is upgraded from v1.35.4 to v1.36.3:',
      '  wait: spec.paused is true',
      '  wait, if it changes permissions, for: kubectl annotate --overwrite cls dev platform.tkestack.io/permissions-reviewed=v1.36.3',
      '  replace the 3 members of its control plane',
    ],
  ],
  'a version that it has is no upgrade': [
    upgradePlan(cluster('1.36.3'), 'v1.36.3'),
    undefined,
    ['Cluster dev has v1.36.3 already'],
  ],
  'nor is an older one': [
    upgradePlan(cluster('v1.36.3'), 'v1.30.0'),
    undefined,
    ['Cluster dev has v1.36.3, and v1.30.0 is older: no cluster goes back'],
  ],
  'nor is the first one': [
    upgradePlan(cluster(undefined), 'v1.30.0'),
    undefined,
    ['Cluster dev has no version yet: it is created with v1.30.0'],
  ],
};
for (const [sentence, [found, from, lines]] of Object.entries(TABLE))
  test(sentence, () => assert.deepEqual(found, { from, lines }));
