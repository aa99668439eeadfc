/** Reviews upgrades with the stored data of real releases. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RELEASES } from '../../clusters/controlplane/release.ts';
import type { RuleLine } from '../rules/line.ts';
import { ruleObject } from '../rules/rule-object.ts';
import type { ApiResource, Get } from './discovery.ts';
import { type Judgement, judgementOf, reviewUpgrade } from './review-upgrade.ts';
import { STORED_VERSIONS, storedOf } from './stored.ts';
import { reportText } from './text.ts';

const OWNER = { apiVersion: 'auth.tkestack.io/v1', kind: 'Policy', name: 'pol-see', uid: 'u-1' };
const LINES: readonly RuleLine[] = [
  { ptype: 'p', policy: 'pol-see', domain: '*', object: 'cluster:dev/*', action: 'get*', effect: 'allow' },
  { ptype: 'g', member: 'acme##user##dora', of: 'pol-see', domain: '*' },
];
const OLD = 'v1.35.4';
const NEW = 'v1.36.3';
const review = async (from: string, to: string, get?: Get): ReturnType<typeof reviewUpgrade> =>
  reviewUpgrade({ cluster: 'dev', from, to, get, nowMs: 0, rules: LINES.map((line) => ruleObject(OWNER, line)) });
const judge = async (from: string, to: string, get?: Get): Promise<Judgement> =>
  judgementOf(await review(from, to, get), 'acme');

/** A stub of a cluster that serves these resources. */
function serving(resources: readonly ApiResource[]): Get {
  const groups = Map.groupBy(resources, ({ group, version }) => (group === '' ? version : `${group}/${version}`));
  const listOf = (groupVersion: string): object => ({
    kind: 'APIResourceList',
    groupVersion,
    resources: (groups.get(groupVersion) ?? []).flatMap(
      ({ resource, singular, kind, namespaced, verbs, shortNames, subresources }) => [
        { name: resource, singularName: singular, kind, namespaced, verbs, shortNames },
        ...subresources.map((each) => ({ name: `${resource}/${each.name}`, kind: '', namespaced, verbs: each.verbs })),
      ],
    ),
  });
  const groupList = {
    kind: 'APIGroupList',
    groups: [...groups.keys()]
      .filter((each) => each.includes('/'))
      .map((groupVersion) => ({ versions: [{ groupVersion }] })),
  };
  return (path) =>
    Promise.resolve({
      status: 200,
      body: JSON.stringify(path === '/apis' ? groupList : listOf(path.replace(/^\/apis?\//, ''))),
    });
}

const served = (version: string): ApiResource[] => [...(storedOf(version)?.discovery ?? [])];

describe('the review of an upgrade', () => {
  test('reports what a wildcard gains and who holds it, with and without asking the cluster', async () => {
    for (const get of [undefined, serving(served(OLD))]) {
      const { status, reason, message } = await judge(OLD, NEW, get);
      assert.deepEqual([status, reason], ['False', 'PermissionsGained']);
      assert.match(
        message,
        /^1 allow line also matches resources that the new version adds: Policy pol-see allows get\* on cluster:dev\/\*: mutatingadmissionpolicies[^;]*held by user dora of tenant acme$/,
      );
    }
  });
  test('reports the same while API servers of both versions answer', async () => {
    assert.deepEqual(await judge(OLD, NEW, serving(served(NEW))), await judge(OLD, NEW));
  });
  test('handles custom resources', async () => {
    const own: ApiResource = {
      group: 'x.io',
      version: 'v1',
      resource: 'things',
      singular: 'thing',
      kind: 'Thing',
      namespaced: true,
      verbs: ['get'],
      shortNames: [],
      subresources: [],
    };
    assert.deepEqual(await judge(OLD, NEW, serving([...served(OLD), own])), await judge(OLD, NEW));
  });
  test('finds nothing between patches of a minor version, and says what it assumes', async () => {
    const { status, message } = await judge(OLD, 'v1.35.9');
    assert.deepEqual(
      [status, message],
      ['True', `the upgrade changes no permission; the APIs of v1.35.9 are assumed to be those of ${OLD}`],
    );
  });
  test('notes a cluster that could not be asked', async () => {
    const { reason, message } = await judge(OLD, NEW, () => Promise.resolve({ status: 503, body: '' }));
    assert.equal(reason, 'PermissionsGained');
    assert.match(message, /could not be asked/);
  });
  test('is Unknown for a version without data, and says what to do', async () => {
    for (const [from, to] of [
      [NEW, 'v1.37.0'],
      ['v1.34.1', OLD],
    ] as const) {
      const { status, reason, message } = await judge(from, to);
      assert.deepEqual([status, reason], ['Unknown', 'VersionUnknown']);
      assert.match(message, /the APIs of v1\.3[47]\.\d are not known.*deprecation-guide/);
    }
  });
  test('names subjects in words', async () => {
    const found = await review(OLD, NEW);
    assert.ok('report' in found);
    assert.match(reportText(found.report), /held by: user dora of tenant acme\n {4}through: Policy pol-see\n/);
  });
});

test('every release that can be started has stored data', () => {
  assert.deepEqual(
    RELEASES.map(({ kubernetes }) => kubernetes).filter((each) => !STORED_VERSIONS.includes(each)),
    [],
  );
});
