/** Compares the data files and the report of an upgrade with what real kube-apiservers of both versions serve. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { RuleIndex } from '../../authorization/engine/rule-index.ts';
import {
  type Discovery,
  parseAggregated,
  parseStored,
  readDiscovery,
} from '../../authorization/upgrade-review/discovery.ts';
import { type PermissionReport, reviewPermissions } from '../../authorization/upgrade-review/review.ts';
import { RELEASES } from '../../clusters/controlplane/release.ts';
import { eventually } from '../support/eventually.ts';
import { type ReleaseApiserver, startReleaseApiserver } from '../support/release-apiserver.ts';

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const ADDED_RESOURCE = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies';

const servers: ReleaseApiserver[] = [];
before(async () => {
  for (const release of RELEASES) servers.push(await startReleaseApiserver(release));
});
after(async () => {
  for (const server of servers) await server.stop();
});

function serverAt(i: number): ReleaseApiserver {
  const server = servers[i];
  assert.ok(server);
  return server;
}

const served = (i: number): Promise<Discovery> => readDiscovery((target) => serverAt(i).get(target));

for (const [i, { kubernetes }] of RELEASES.entries()) {
  test(`${kubernetes} serves what its data file lists, by plain and by aggregated discovery`, async () => {
    const file = path.join(import.meta.dirname, '../../authorization/upgrade-review/discoveries', `${kubernetes}.json`);
    const stored = parseStored(JSON.parse(await readFile(file, 'utf8')));
    assert.deepEqual(await served(i), stored);
    const answers = await Promise.all(['/api', '/apis'].map((target) => serverAt(i).get(target, AGGREGATED)));
    assert.deepEqual(
      answers.flatMap(({ body }) => parseAggregated(JSON.parse(body))),
      stored,
    );
  });
}

async function report(from: number, to: number): Promise<PermissionReport> {
  const index = new RuleIndex();
  const source = { ownerKind: 'Policy', ownerName: 'pol' };
  index.set(
    { ptype: 'p', policy: 'pol-all', domain: '*', object: 'cluster:dev/*', action: 'get*', effect: 'allow' },
    { ...source, rule: 'r1' },
  );
  index.set(
    {
      ptype: 'p',
      policy: 'pol-no',
      domain: '*',
      object: 'cluster:dev/*',
      action: 'createMutatingadmissionpolicy',
      effect: 'deny',
    },
    { ...source, rule: 'r2' },
  );
  index.set(
    {
      ptype: 'p',
      policy: 'pol-pods',
      domain: '*',
      object: 'cluster:dev/namespace:a/pod:*',
      action: '*',
      effect: 'allow',
    },
    { ...source, rule: 'r3' },
  );
  for (const policy of ['pol-all', 'pol-no', 'pol-pods'])
    index.set({ ptype: 'g', member: 'acme##user##dora', of: policy, domain: '*' }, { ...source, rule: policy });
  return reviewPermissions({ cluster: 'dev', now: await served(from), target: await served(to), index, nowMs: 0 });
}

test('users who gain permissions through a wildcard are listed, and only the newer server serves the gained resources', async () => {
  const { denials, losses, gains } = await report(1, 0);
  assert.deepEqual([denials, losses], [[], []]);
  assert.deepEqual(
    gains.map(({ policy, subjects }) => [policy, subjects.named]),
    [['pol-all', ['acme##user##dora']]],
  );
  assert.deepEqual(gains[0]?.resources.named, [
    'mutatingadmissionpolicies.admissionregistration.k8s.io',
    'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
  ]);
  assert.deepEqual(
    await Promise.all([serverAt(0), serverAt(1)].map(async (server) => (await server.get(ADDED_RESOURCE)).status)),
    [200, 404],
  );
});

test('a deny on a resource that the target does not serve is reported (the same versions in reverse)', async () => {
  const { denials, losses, gains } = await report(0, 1);
  assert.deepEqual(
    denials.map(({ policy, resources }) => [policy, resources.named]),
    [['pol-no', ['mutatingadmissionpolicies.admissionregistration.k8s.io']]],
  );
  assert.deepEqual([losses, gains], [[], []]);
});

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const crd = (group: string, plural: string, kind = 'Widget'): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, singular: plural.slice(0, -1), kind },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
});

test('a resource with a new name and a resource in a new group are reported as such', async () => {
  for (const [i, own] of [
    [1, [crd('example.com', 'widgets'), crd('old.example.com', 'tools', 'Tool')]],
    [0, [crd('example.com', 'gadgets'), crd('new.example.com', 'tools', 'Tool')]],
  ] as const) {
    for (const each of own) await serverAt(i).create(CRDS, each);
  }
  await eventually('both servers serve their custom resources', async () =>
    (await Promise.all([served(0), served(1)])).every(
      (each) => each.filter(({ group }) => group.endsWith('example.com')).length === 2,
    ),
  );
  const index = new RuleIndex();
  for (const [policy, effect, action] of [
    ['pol-some', 'deny', '*Widget*'],
    ['pol-one', 'allow', 'getWidget'],
    ['pol-tool', 'allow', 'getTool'],
    ['pol-all', 'deny', 'create*'],
  ] as const) {
    index.set(
      { ptype: 'p', policy, domain: '*', object: 'cluster:dev/*', action, effect },
      { rule: policy, ownerKind: 'Policy', ownerName: policy },
    );
  }
  const { denials, losses, gains, moves } = reviewPermissions({
    cluster: 'dev',
    now: await served(1),
    target: await served(0),
    index,
    nowMs: 0,
  });
  assert.deepEqual(
    [...denials, ...losses].map(({ policy, becomes, resources }) => [policy, resources.named, becomes]),
    [
      ['pol-some', ['widgets.example.com'], ['gadgets.example.com']],
      ['pol-one', ['widgets.example.com'], ['gadgets.example.com']],
    ],
  );
  assert.deepEqual([gains, moves], [[], [{ resource: 'tools.old.example.com', to: ['tools.new.example.com'] }]]);
});
