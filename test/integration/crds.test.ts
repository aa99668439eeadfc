/**
 * Checks the CRDs on a real kube-apiserver: valid manifests apply unchanged, invalid ones are rejected with a clear
 * message.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump } from 'js-yaml';
import * as z from 'zod';
import { KINDS } from '../../api/kinds.ts';
import { isClusterScoped } from '../../authorization/webhook/cluster-scoped.ts';
import { actionOf, singular } from '../../authorization/webhook/vocabulary.ts';
import type { ControlPlane } from '../../hack/controlplane/controlplane.ts';
import { kubectlIn, startControlPlaneWithCRDs } from '../support/control-planes.ts';

const EXAMPLES = path.join(import.meta.dirname, '../crds');
const ROOT = path.join(import.meta.dirname, '../..');

let directory: string;
let plane: ControlPlane;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-crds-'));
  plane = await startControlPlaneWithCRDs(directory);
});
after(async () => {
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});

const kubectl = (...args: string[]): Promise<string> => kubectlIn(plane, args);

const examples = async (folder: string): Promise<string[]> =>
  (await readdir(path.join(EXAMPLES, folder))).map((name) => path.join(EXAMPLES, folder, name));

describe('of the manifests in test/crds', () => {
  test('every valid one applies unchanged, also those of TKEStack', async () => {
    for (const file of await examples('valid')) await kubectl('apply', '-f', file);
  });

  test('every invalid one is rejected with the message that its first line expects', async () => {
    for (const file of await examples('invalid')) {
      const expected = /^# expect: (.+)\n/.exec(await readFile(file, 'utf8'))?.[1];
      assert.ok(expected !== undefined, `${file} has no line "# expect: ..."`);
      const { stderr, code } = await plane.kubectl(['apply', '-f', file]);
      assert.equal(code, 1, `${path.basename(file)} was accepted`);
      assert.ok(stderr.includes(expected), `${path.basename(file)}: ${stderr}`);
    }
  });
});

describe('kubectl', () => {
  test('get steward leaves Rules out, because one object can have many', async () => {
    const names = (await kubectl('api-resources', '--categories=steward', '-o', 'name')).trim().split('\n');
    const expected = KINDS.filter(({ kind }) => kind !== 'Rule').map(({ plural, group }) => `${plural}.${group}`);
    assert.deepEqual(names.toSorted(), expected.toSorted());
  });

  // Uses the short name, because kubectl reads namespaces.business.tkestack.io as a field of core namespaces.
  test('explain describes every kind, by its short name too', async () => {
    for (const { plural, group, version, options } of KINDS) {
      const [first = ''] = options.description.split(/[ .]/);
      const [shortName = ''] = options.shortNames;
      assert.match(
        await kubectl('explain', plural, `--api-version=${group}/${version}`),
        new RegExp(`DESCRIPTION:\\s+.*${first}`),
      );
      assert.ok((await kubectl('explain', shortName)).includes(`GROUP:      ${group}`), shortName);
    }
  });
});

describe('an update is rejected if it changes', () => {
  const patches: Record<string, { object: string[]; patch: object; message: RegExp }> = {
    'the tenant of a policy': {
      object: ['policy', 'pol-prj-default'],
      patch: { spec: { tenantID: 'other' } },
      message: /tenantID can't be changed/,
    },
    'the project of a binding': {
      object: ['ppb', 'prj-fwxqdm6b-pol-prj-default'],
      patch: { spec: { projectID: 'prj-b' } },
      message: /projectID can't be changed/,
    },
    'the line of a Rule': {
      object: ['rule', 'rul-zzslddhh'],
      patch: { spec: { v3: 'getJob' } },
      message: /a Rule cannot be changed: create another one/,
    },
    'the type of a cluster': {
      object: ['cls', 'cls-valid'],
      patch: { spec: { type: 'ClusterAPI' } },
      message: /type can't be changed/,
    },
    'the plan of a cluster': {
      object: ['cls', 'cls-valid'],
      patch: { spec: { plan: 'another' } },
      message: /plan can't be changed: a cluster keeps what it was created with/,
    },
    'the plan of a cluster by removing it': {
      object: ['cls', 'cls-valid'],
      patch: { spec: { plan: null } },
      message: /plan can't be changed/,
    },
    'the plan of a cluster that has none': {
      object: ['cls', 'cls-valid-original'],
      patch: { spec: { plan: 'plan-valid' } },
      message: /plan can't be changed/,
    },
    'the addresses of pods': {
      object: ['cls', 'cls-valid'],
      patch: { spec: { clusterCIDR: '10.8.0.0/16' } },
      message: /clusterCIDR can't be changed/,
    },
    'the addresses of services': {
      object: ['cls', 'cls-valid'],
      patch: { spec: { serviceCIDR: '10.9.0.0/16' } },
      message: /serviceCIDR can't be changed/,
    },
    'the domain of services': {
      object: ['cls', 'cls-valid-original'],
      patch: { spec: { dnsDomain: 'other.local' } },
      message: /dnsDomain can't be changed/,
    },
    'the tenant of a cluster': {
      object: ['cls', 'cls-valid'],
      patch: { spec: { tenantID: 'other' } },
      message: /tenantID can't be changed/,
    },
    'the namespace of a cluster of Cluster API': {
      object: ['cls', 'cls-valid-placed'],
      patch: { spec: { clusterAPI: { namespace: 'elsewhere' } } },
      message: /clusterAPI\.namespace can't be changed/,
    },
    'the namespace of a cluster of Cluster API by removing it': {
      object: ['cls', 'cls-valid-placed'],
      patch: { spec: { clusterAPI: { namespace: null } } },
      message: /clusterAPI\.namespace can't be changed/,
    },
    'the namespace of a cluster of Cluster API by removing spec.clusterAPI': {
      object: ['cls', 'cls-valid-placed'],
      patch: { spec: { clusterAPI: null } },
      message: /clusterAPI\.namespace can't be changed/,
    },
    'the namespace of a cluster of Cluster API that had none': {
      object: ['cls', 'cls-valid-unplaced'],
      patch: { spec: { clusterAPI: { namespace: 'elsewhere' } } },
      message: /clusterAPI\.namespace can't be changed/,
    },
    'the tenant of a credential': {
      object: ['cc', 'cc-valid'],
      patch: { tenantID: 'other' },
      message: /tenantID can't be changed/,
    },
    'the version of a release': {
      object: ['crl', 'v1.36.3'],
      patch: { spec: { version: 'v1.36.4' } },
      message: /version can't be changed/,
    },
    'the cluster of a namespace': {
      object: ['bns', 'web', '-n', 'prj-valid'],
      patch: { spec: { clusterName: 'global' } },
      message: /clusterName can't be changed/,
    },
  };
  for (const [what, { object, patch, message }] of Object.entries(patches)) {
    test(what, async () => {
      const { stderr, code } = await plane.kubectl(['patch', ...object, '--type=merge', '-p', JSON.stringify(patch)]);
      assert.equal(code, 1);
      assert.match(stderr, message);
    });
  }

  test('the project of a role by removing it', async () => {
    const role = {
      apiVersion: 'auth.tkestack.io/v1',
      kind: 'Role',
      metadata: { name: 'rol-stays' },
      spec: { tenantID: 'acme', projectID: 'prj-a' },
    };
    assert.equal((await plane.kubectl(['create', '-f', '-'], dump(role))).code, 0);
    const { stderr, code } = await plane.kubectl([
      'patch',
      'role.auth.tkestack.io',
      'rol-stays',
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/projectID"}]',
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /projectID can't be changed/);
  });
});

test('an update of clusterAPI may change the class and set an empty namespace', async () => {
  const change = (name: string, clusterAPI: object): Promise<string> =>
    kubectl('patch', 'cls', name, '--type=merge', '-p', JSON.stringify({ spec: { clusterAPI } }));
  await change('cls-valid-placed', { class: { name: 'other' } });
  await change('cls-valid-unplaced', { namespace: '' });
});

const resource = z.object({
  name: z.string(),
  singularName: z.string(),
  namespaced: z.boolean(),
  verbs: z.array(z.string()).default([]),
});
const resources = z.object({ resources: z.array(resource) });
type Discovered = z.infer<typeof resource> & { readonly group: string };

async function discover(): Promise<Discovered[]> {
  const groups = z.object({
    groups: z.array(z.object({ name: z.string(), versions: z.array(z.object({ groupVersion: z.string() })) })),
  });
  const { groups: named } = groups.parse(JSON.parse(await kubectl('get', '--raw', '/apis')));
  const paths = [
    { group: '', url: '/api/v1' },
    ...named.flatMap(({ name, versions }) =>
      versions.map(({ groupVersion }) => ({ group: name, url: `/apis/${groupVersion}` })),
    ),
  ];
  const found = await Promise.all(
    paths.map(async ({ group, url }) => {
      const listed = resources.parse(JSON.parse(await kubectl('get', '--raw', url)));
      return listed.resources.map((each) => ({ ...each, group }));
    }),
  );
  return found.flat();
}

describe('according to the discovery of a real kube-apiserver', () => {
  test('every resource has the singular name that the vocabulary gives it', async () => {
    const wrong = (await discover())
      .filter(({ name, singularName }) => !name.includes('/') && singularName !== '' && singularName !== singular(name))
      .map(({ name, singularName }) => `${name}: ${singular(name)}, not ${singularName}`);
    // Policies say endpoint, as in TKEStack, but Kubernetes uses endpoints for the singular too.
    assert.deepEqual(wrong, ['endpoints: endpoint, not endpoints']);
  });

  test('the list of cluster-scoped resources is right', async () => {
    const wrong = (await discover())
      .filter(({ name, group, namespaced }) => !name.includes('/') && isClusterScoped(group, name) === namespaced)
      .map(({ name, group }) => `${name}.${group}`);
    assert.deepEqual(wrong, []);
  });

  test('every action of the catalogue exists', async () => {
    const actions = new Set((await discover()).flatMap(actionsOn).map((action) => action.toLowerCase()));
    const rendered = await kubectl('kustomize', path.join(ROOT, 'config/samples/acme'));
    const policies = rendered
      .split('\n---\n')
      .filter((text) => /^kind: Policy$/m.test(text) && text.includes('auth.tkestack.io/catalog'));
    assert.ok(policies.length > 20);
    const used = policies.flatMap((text) =>
      [...(/actions:\n((?:\s+- .+\n)+)/.exec(text)?.[1] ?? '').matchAll(/- (\S+)/g)].map(([, action = '']) => action),
    );
    assert.ok(used.length > 500);
    assert.deepEqual([...new Set(used.filter((action) => !actions.has(action.toLowerCase())))], []);
  });

  test('the catalogues of two tenants, rendered together, share no name', async () => {
    const objects = (await kubectl('kustomize', path.join(import.meta.dirname, '../catalog/two-tenants'))).split(
      '\n---\n',
    );
    const names = objects.map(
      (text) => `${/^kind: (\S+)$/m.exec(text)?.[1] ?? ''} ${/^ {2}name: (\S+)$/m.exec(text)?.[1] ?? ''}`,
    );
    assert.ok(objects.length > 60);
    assert.equal(new Set(names).size, objects.length);
    for (const text of objects) assert.notEqual(text.includes('north'), text.includes('south'), text);
  });

  test('every kind of Steward is served', async () => {
    const found = new Set((await discover()).map(({ name, group }) => `${name}.${group}`));
    assert.deepEqual(
      KINDS.filter(({ plural, group }) => !found.has(`${plural}.${group}`)),
      [],
    );
  });
});

/** Returns the actions of all possible requests for a discovered resource, with and without a name. */
function actionsOn({ name, verbs }: Discovered): string[] {
  const [plural = '', subresource = ''] = name.split('/');
  return verbs.flatMap((verb) =>
    ['', 'one'].map((object) => actionOf({ verb, resource: plural, subresource, name: object })),
  );
}
