/**
 * The whole chain on real parts: kubectl → kube-apiserver and etcd → separate controller processes → Rules → webhook →
 * decisions of the same kube-apiserver. One stack serves the file. Every process has its own token and its own RBAC.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump, loadAll } from 'js-yaml';
import { INSTALLATION_NAMESPACE, PROCESS_NAMES } from '../../api/installation.ts';
import { KINDS } from '../../api/kinds.ts';
import type { KubeObject } from '../../api/object.ts';
import { askQuestion, discoverGroups, readQuestions } from '../../hack/local/questions.ts';
import { applySamples, READY_KINDS, SAMPLES, untilAllReady } from '../../hack/local/samples.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { eventually } from '../support/eventually.ts';
import { worldOf } from '../support/manifest-world.ts';
import { yamlOf } from '../support/manifest-yaml.ts';
import { rulesOf, sortedEntries } from '../support/stack-rules.ts';

let directory: string;
let stack: Stack;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-chain-'));
  stack = await startStack({ directory });
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const apply = (...objects: object[]): Promise<string> => stack.kubectl(['apply', '-f', '-'], yamlOf(objects));

async function canI(user: string, tenant: string, ...args: string[]): Promise<string> {
  const { stdout } = await stack.controlPlane.kubectl([
    'auth',
    'can-i',
    ...args,
    '--as',
    user,
    '--as-group',
    `tenant:${tenant}`,
  ]);
  return stdout.trim();
}

async function samples(): Promise<KubeObject[]> {
  return loadAll(await stack.kubectl(['kustomize', SAMPLES])) as KubeObject[];
}

async function deleteEverything(): Promise<void> {
  await stack.kubectl(['delete', READY_KINDS, '--all', '--timeout=60s']);
  await eventually('no Rule is left', async () => (await rulesOf(stack)) === '');
}

describe('the samples', () => {
  test('give the expected answer to every question of questions.yaml, with a reason', async () => {
    await applySamples(stack);
    const groupOf = await discoverGroups(stack.controlPlane);
    for (const question of await readQuestions(path.join(SAMPLES, 'questions.yaml'))) {
      const asked = await askQuestion(stack.controlPlane, question, groupOf);
      assert.ok(asked.isExpected, `${question.say}: ${asked.answer} (${asked.reason})`);
      assert.match(asked.reason, new RegExp(`^${question.user} of tenant ${question.tenant} may `));
    }
  });

  test('have the Rules of the pure translation', async () => {
    const world = worldOf(await samples(), Date.now());
    const expected = world.rules.map(({ metadata, spec }) => JSON.stringify([metadata.name, sortedEntries(spec)]));
    assert.equal(await rulesOf(stack), [...new Set(expected)].sort().join('\n'));
  });

  test('change no Rule when they are applied again', async () => {
    const before = await stack.kubectl([
      'get',
      'rules',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    ]);
    await applySamples(stack);
    const after = await stack.kubectl([
      'get',
      'rules',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    ]);
    assert.equal(after, before);
  });

  test('leave no Rule when deleted, and give the same Rules when applied in reverse order in three parts', async () => {
    const expected = await rulesOf(stack);
    await deleteEverything();
    const own = (await samples()).filter(({ apiVersion }) => apiVersion === 'auth.tkestack.io/v1').reverse();
    const size = Math.ceil(own.length / 3);
    for (let i = 0; i < own.length; i += size) await apply(...own.slice(i, i + size));
    await untilAllReady(stack);
    assert.equal(await rulesOf(stack), expected);
  });
});

describe('decisions follow a change:', () => {
  const policy = (name: string, more: object = {}, users: object[] = []): object => ({
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Policy',
    metadata: { name },
    spec: {
      tenantID: 'change',
      statement: { actions: ['getPod', 'listPods'], resources: ['*'], effect: 'allow' },
      users,
      ...more,
    },
  });
  const grant = (more: object): object => ({
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Grant',
    metadata: { name: 'gnt-change' },
    spec: { tenantID: 'change', scope: 'platform', users: [{ id: 'ann' }], ...more },
  });

  test('a grant created before its policy reports it missing and takes effect when the policy appears', async () => {
    await apply(grant({ policies: ['pol-late'] }));
    const reason = (): Promise<string> =>
      stack.kubectl(['get', 'grant', 'gnt-change', '-o', 'jsonpath={.status.conditions[0].reason} {.status.missing}']);
    await eventually(
      'the status of the grant names the missing policy',
      async () => (await reason()) === 'PolicyNotFound [{"kind":"Policy","name":"pol-late"}]',
    );
    assert.match(await canI('ann', 'change', 'get', 'pods'), /^no/);
    await apply(policy('pol-late'));
    await stack.kubectl(['wait', '--for=condition=Ready', 'grant/gnt-change', 'policy/pol-late', '--timeout=20s']);
    await eventually('ann is allowed', async () => (await canI('ann', 'change', 'get', 'pods')) === 'yes');
  });

  test('a grant never gives a policy of another tenant', async () => {
    await apply({
      apiVersion: 'auth.tkestack.io/v1',
      kind: 'Grant',
      metadata: { name: 'gnt-thief' },
      spec: { tenantID: 'thief', scope: 'platform', policies: ['pol-late'], users: [{ id: 'mallory' }] },
    });
    await eventually(
      'the grant is not Ready because of TenantMismatch',
      async () =>
        (await stack.kubectl([
          'get',
          'grant',
          'gnt-thief',
          '-o',
          'jsonpath={.status.conditions[0].reason} {.status.rules}',
        ])) === 'TenantMismatch 0',
    );
    assert.match(await canI('mallory', 'thief', 'get', 'pods'), /^no/);
    await stack.kubectl(['delete', 'grant', 'gnt-thief']);
  });

  test('a deleted policy is gone only after the grant that refers to it has removed its Rules', async () => {
    await stack.kubectl(['delete', 'policy', 'pol-late', '--timeout=20s']);
    assert.equal(await rulesOf(stack).then((rules) => rules.includes('pol-late')), false);
    assert.match(await canI('ann', 'change', 'get', 'pods'), /^no/);
    await stack.kubectl(['delete', 'grant', 'gnt-change', '--timeout=20s']);
  });

  test('a changed policy applies with its new statement', async () => {
    await apply(policy('pol-turn', {}, [{ id: 'ann' }]));
    await eventually('ann is allowed', async () => (await canI('ann', 'change', 'list', 'pods')) === 'yes');
    await apply(
      policy('pol-turn', { statement: { actions: ['getPod'], resources: ['*'], effect: 'deny' } }, [{ id: 'ann' }]),
    );
    await eventually('ann is denied', async () => (await canI('ann', 'change', 'list', 'pods')).startsWith('no'));
    assert.match(await canI('ann', 'change', 'get', 'pods/x'), /: Policy pol-turn denies /);
    await stack.kubectl(['delete', 'policy', 'pol-turn', '--timeout=20s']);
  });

  test('two field managers add users to one policy by server-side apply, and each owns its entry', async () => {
    const entry = (user: string): string => dump(policy('pol-shared', {}, [{ id: user }]));
    for (const user of ['ann', 'ben']) {
      await stack.kubectl(
        ['apply', '--server-side', `--field-manager=${user}-repo`, '--force-conflicts', '-f', '-'],
        entry(user),
      );
    }
    const users = (): Promise<string> =>
      stack.kubectl(['get', 'policy', 'pol-shared', '-o', 'jsonpath={.spec.users[*].id}']);
    assert.deepEqual((await users()).split(' ').sort(), ['ann', 'ben']);
    await eventually(
      'both users are allowed',
      async () =>
        (await canI('ann', 'change', 'get', 'pods')) === 'yes' &&
        (await canI('ben', 'change', 'get', 'pods')) === 'yes',
    );
    await stack.kubectl(
      ['apply', '--server-side', '--field-manager=ann-repo', '-f', '-'],
      dump(policy('pol-shared', {}, [])),
    );
    assert.equal(await users(), 'ben');
    await eventually('ann is no longer allowed', async () =>
      (await canI('ann', 'change', 'get', 'pods')).startsWith('no'),
    );
    await stack.kubectl(['delete', 'policy', 'pol-shared', '--timeout=20s']);
  });
});

describe('a Rule that no controller wrote', () => {
  const rule = (name: string): object => ({
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Rule',
    metadata: { name },
    spec: { ptype: 'p', v0: 'default##user##eve', v1: '*', v2: '*', v3: '*', v4: 'allow' },
  });

  test('is ignored, reported in an event and removed', async () => {
    await apply(rule('rul-by-hand'));
    assert.match(await canI('eve', 'default', 'delete', 'secrets'), /^no/);
    await eventually(
      'the Rule is gone',
      async () => (await stack.controlPlane.kubectl(['get', 'rule', 'rul-by-hand'])).code === 1,
    );
    await eventually('an event has the reason NoOwner', async () =>
      (await stack.kubectl(['get', 'events.events.k8s.io', '-A', '-o', 'jsonpath={.items[*].reason}'])).includes(
        'NoOwner',
      ),
    );
  });

  test('is rejected by admission, even for a cluster admin', async () => {
    await stack.kubectl(['create', 'clusterrolebinding', 'writer', '--clusterrole=cluster-admin', '--user=writer']);
    const { stderr, code } = await stack.controlPlane.kubectl(
      ['create', '-f', '-', '--as=writer', '--validate=false'],
      dump(rule('rul-by-writer')),
    );
    assert.equal(code, 1);
    assert.match(stderr, /only controllers write Rules; writer may not/);
  });
});

describe('Rules and tenants are protected:', () => {
  test('a deleted Rule is created again', async () => {
    const before = await rulesOf(stack);
    await stack.kubectl(['delete', 'rules', '-l', 'auth.tkestack.io/owner-name=rol-default-platform']);
    await eventually('the Rules are complete again', async () => (await rulesOf(stack)) === before);
  });

  test('a user of a tenant cannot write objects of another tenant, whatever RBAC allows', async () => {
    const group = (tenantID: string): string =>
      dump({
        apiVersion: 'auth.tkestack.io/v1',
        kind: 'Group',
        metadata: { name: 'grp-boundary' },
        spec: { tenantID },
      });
    const create = (tenantID: string): ReturnType<typeof stack.controlPlane.kubectl> =>
      stack.controlPlane.kubectl(
        ['create', '-f', '-', '--as=writer', '--as-group=tenant:acme', '--validate=false'],
        group(tenantID),
      );
    assert.match((await create('default')).stderr, /belongs to tenant default, but writer belongs to another/);
    assert.equal((await create('acme')).code, 0);
    await stack.kubectl(['delete', 'group', 'grp-boundary', '--timeout=20s']);
  });
});

describe('the processes', () => {
  for (const [component, signal] of [
    ['kube-apiserver', 'SIGKILL'],
    ['etcd', 'SIGTERM'],
  ] as const) {
    test(`survive a restart of ${component} without a restart of their own`, async () => {
      const pids = [...stack.processes.values()].map(({ child }) => child.pid);
      await stack.controlPlane.restart(component, signal);
      const name = `pol-after-${component}`;
      const policy = {
        tenantID: 'after',
        statement: { actions: ['getPod'], resources: ['*'], effect: 'allow' },
        users: [{ id: component }],
      };
      await eventually('a policy can be applied', async () => {
        await apply({ apiVersion: 'auth.tkestack.io/v1', kind: 'Policy', metadata: { name }, spec: policy });
        return true;
      });
      await eventually(
        'the policy is in force',
        async () => (await canI(component, 'after', 'get', 'pods/x')) === 'yes',
        60_000,
      );
      await stack.kubectl(['delete', 'policy', name, '--timeout=60s']);
      assert.match(await canI(component, 'after', 'get', 'pods/x'), /^no/);
      assert.ok([...stack.processes.values()].every(({ child }) => child.running()));
      assert.deepEqual(
        [...stack.processes.values()].map(({ child }) => child.pid),
        pids,
      );
    });
  }
});

describe('config/', () => {
  for (const overlay of ['webhook-before-rbac', 'rbac-before-webhook']) {
    test(`overlays/${overlay} is accepted by the API server and by the restricted pod security standard`, async () => {
      await stack.kubectl([
        'label',
        '--overwrite',
        'namespace',
        INSTALLATION_NAMESPACE,
        'pod-security.kubernetes.io/warn=restricted',
      ]);
      const args = ['apply', '--server-side', '--force-conflicts', '-k', path.join(SAMPLES, '../overlays', overlay)];
      const { stdout, stderr, code } = await stack.controlPlane.kubectl(args);
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /would violate/);
      assert.equal(stdout.match(/^deployment\.apps\/steward-\S+ serverside-applied$/gm)?.length, 9);
    });
  }

  test('member-authorization is accepted too, and gives the cluster controller its flags', async () => {
    const own = path.join(directory, 'own');
    await mkdir(own);
    const config = (folder: string): string => path.relative(own, path.join(SAMPLES, '..', folder));
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [config('default')],
      components: [config('member-authorization')],
    };
    await writeFile(path.join(own, 'kustomization.yaml'), dump(kustomization));
    const { stderr, code } = await stack.controlPlane.kubectl([
      'apply',
      '--server-side',
      '--force-conflicts',
      '-k',
      own,
    ]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /would violate/);
    const made = await stack.kubectl([
      'get',
      'deployment',
      PROCESS_NAMES.cluster,
      '-n',
      INSTALLATION_NAMESPACE,
      '-o',
      'jsonpath={.spec.template.spec.containers[0].args}',
    ]);
    assert.match(
      made,
      /^\["--permission","--allow-fs-read=\/etc\/steward\/member-clusters\/",.*"--authorizer-directory=\/etc\/steward\/member-clusters"\]$/,
    );
  });
});

describe('kubectl', () => {
  test('get shows the columns that users need', async () => {
    const policies = await stack.kubectl(['get', 'policies']);
    assert.match(policies, /^NAME\s+TENANT\s+SCOPE\s+EFFECT\s+RULES\s+READY\s+AGE/);
    assert.match(policies, /pol-acme-keep-production\s+acme\s+platform\s+deny\s+3\s+True/);
    assert.match(await stack.kubectl(['get', 'steward']), /grant\.auth\.tkestack\.io\/gnt-acme-shop-owners/);
  });

  test('field selectors find Rules by type, and objects by tenant', async () => {
    const types = await stack.kubectl([
      'get',
      'rules',
      '--field-selector=spec.ptype=g',
      '-o',
      'jsonpath={.items[*].spec.ptype}',
    ]);
    assert.deepEqual([...new Set(types.split(' '))], ['g']);
    const tenants = await stack.kubectl([
      'get',
      'groups',
      '--field-selector=spec.tenantID=default',
      '-o',
      'jsonpath={.items[*].spec.tenantID}',
    ]);
    assert.equal(tenants, 'default default');
  });

  test('explain describes every field', async () => {
    for (const { plural, group, version, options } of KINDS) {
      const text = await stack.kubectl(['explain', plural, '--recursive', `--api-version=${group}/${version}`]);
      for (const part of options.required) assert.match(text, new RegExp(`${part}\\t<\\w+> -required-`), plural);
    }
    const spec = await stack.kubectl(['explain', 'policy.spec']);
    assert.doesNotMatch(spec, /<no description>/);
    assert.match(spec, /statement\s+<Object> -required-\s+What the policy allows or denies/);
  });
});
