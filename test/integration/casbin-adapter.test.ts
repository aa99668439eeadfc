/**
 * Runs casbin's own enforcer on the Rules of a real control plane. The controllers write the Rules of the samples.
 * casbin decides as the engine does, follows changes, and writes only where it may.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DefaultRoleManager, type Enforcer, newEnforcer, newModelFromString } from 'casbin';
import { type Rule, rules } from '../../api/auth/rule.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { RuleAdapter } from '../../authorization/casbin/adapter.ts';
import { newRuleEnforcer, type RuleEnforcer } from '../../authorization/casbin/enforcer.ts';
import { patternMatcher, readModelText } from '../../authorization/casbin/model.ts';
import { cachedRules, listedRules } from '../../authorization/casbin/rule-source.ts';
import { RuleWatcher } from '../../authorization/casbin/watcher.ts';
import { decide } from '../../authorization/engine/decide.ts';
import { RuleIndex } from '../../authorization/engine/rule-index.ts';
import type { Owner } from '../../authorization/rules/rule-object.ts';
import { feedIndex } from '../../authorization/webhook/rule-feed.ts';
import { applySamples, untilAllReady } from '../../hack/local/samples.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { CONTROLLERS } from '../../processes/processes.ts';
import { Informer } from '../../runtime/cache/informer.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { createLogger } from '../../runtime/log.ts';
import { eventually } from '../support/eventually.ts';
import { yamlOf } from '../support/manifest-yaml.ts';

const EXAMPLE = path.join(import.meta.dirname, '../../authorization/casbin/example.ts');
const POLICY_CONTROLLER = PROCESS_NAMES.policy;
const errors: unknown[] = [];
const stop = new AbortController();
const index = new RuleIndex();

let directory: string;
let stack: Stack;
let client: Client;
let informer: Informer<Rule>;
let watcher: RuleWatcher;
let following: Promise<void>;
let enforcer: RuleEnforcer;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-casbin-'));
  stack = await startStack({ directory, order: 'rbac-first', processes: CONTROLLERS });
  await applySamples(stack);
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'casbin-test' });
  informer = new Informer({ resource: rules, client, log: createLogger({ name: 'casbin-test', level: 'error' }) });
  feedIndex(index, informer);
  watcher = new RuleWatcher(informer, { onError: (error) => errors.push(error) });
  following = informer.start(stop.signal);
  enforcer = await newRuleEnforcer({
    adapter: new RuleAdapter({ source: cachedRules(informer) }),
    watcher,
    isCurrent: () => informer.isCurrent,
  });
});
after(async () => {
  watcher?.close();
  stop.abort();
  await following;
  await client?.close();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const apply = (...objects: object[]): Promise<string> => stack.kubectl(['apply', '-f', '-'], yamlOf(objects));

/** Returns casbin's own Enforcer with its role manager and domain matching. Only the adapter is ours. */
async function plainCasbin(): Promise<Enforcer> {
  const plain = await newEnforcer(newModelFromString(await readModelText()));
  await plain.addFunction('keyMatchCustom', patternMatcher());
  const roles = new DefaultRoleManager(10);
  await roles.addDomainMatchingFunc((asked, held) => held === '*' || asked === held);
  plain.setRoleManager(roles);
  plain.setAdapter(new RuleAdapter({ source: listedRules(client) }));
  await plain.loadPolicy();
  return plain;
}

describe('casbin over the Rules of the samples', () => {
  const SUBJECTS = [
    'default##user##admin',
    'default##user##olga',
    'acme##user##alice',
    'acme##user##bob',
    'acme##user##dave',
    'acme##user##erin',
    'acme##group##grp-acme-billing',
    'acme##user##*',
    'acme##user##nobody',
  ];
  const DOMAINS = ['', 'prj-acme-shop', 'prj-acme-billing', 'prj-elsewhere'];
  const OBJECTS = [
    'node:*',
    'namespace:shop-dev/deployment:web',
    'namespace:shop-prod/deployment:web',
    'namespace:billing-dev/secret:db',
    '/metrics',
  ];
  const ACTIONS = ['get', 'listNodes', 'createDeployment', 'DELETEdeployment'];
  const questions = SUBJECTS.flatMap((subject) =>
    DOMAINS.flatMap((domain) =>
      OBJECTS.flatMap((object) => ACTIONS.map((action) => [subject, domain, object, action] as const)),
    ),
  );

  test(`decides ${questions.length} requests as the engine does, with our enforcer and with casbin's own`, async () => {
    await eventually(
      'the cache equals the state of the API server',
      async () => (await client.list(rules)).length === informer.store.size,
    );
    await enforcer.reload();
    const plain = await plainCasbin();
    const verdicts = { allow: 0, deny: 0, none: 0 };
    for (const [subject, domain, object, action] of questions) {
      const { verdict } = decide(index, { subjects: [subject], domain, object, action }, Date.now());
      const answers = [enforcer, plain].map((each) => each.enforceSync(subject, domain, object, action));
      assert.deepEqual(
        answers,
        [verdict === 'allow', verdict === 'allow'],
        [subject, domain, object, action].join(' '),
      );
      verdicts[verdict] += 1;
    }
    assert.ok(
      Object.values(verdicts).every((count) => count >= 4),
      JSON.stringify(verdicts),
    );
  });

  test('decides for a user and the catch-all subject of their tenant together', () => {
    const ask = (namespace: string): string =>
      enforcer.decide({
        subjects: ['acme##user##bob', 'acme##user##*'],
        domain: 'prj-acme-shop',
        object: `namespace:${namespace}/deployment:web`,
        action: 'deleteDeployment',
      });
    assert.deepEqual([ask('shop-dev'), ask('shop-prod')], ['allow', 'deny']);
  });

  test('follows a binding that is deleted and created again', async () => {
    const mayDeploy = (): boolean =>
      enforcer.enforceSync(
        'acme##user##dave',
        'prj-acme-billing',
        'namespace:billing-dev/deployment:web',
        'createDeployment',
      );
    assert.equal(mayDeploy(), true);
    const name = 'prj-acme-billing-pol-acme-deployer';
    const binding = await stack.kubectl(['get', 'projectpolicybinding', name, '-o', 'json']);
    await stack.kubectl(['delete', 'projectpolicybinding', name, '--timeout=20s']);
    await eventually('dave may not deploy', async () => !mayDeploy());
    const { metadata, spec, ...rest } = JSON.parse(binding) as { metadata: { name: string }; spec: object };
    await apply({ ...rest, metadata: { name: metadata.name }, spec, status: undefined });
    await eventually('dave may deploy again', async () => mayDeploy());
  });

  test('applies the end of a grant at its time, although no object changes then', async () => {
    const mayList = (): boolean => enforcer.enforceSync('acme##user##temp', '', 'node:*', 'listNodes');
    await apply(policy('pol-temp', ['listNodes'], ['node:*']), {
      apiVersion: 'auth.tkestack.io/v1',
      kind: 'Grant',
      metadata: { name: 'gnt-temp' },
      spec: {
        tenantID: 'acme',
        scope: 'platform',
        policies: ['pol-temp'],
        users: [{ id: 'temp' }],
        notAfter: new Date(Date.now() + 10_000).toISOString(),
      },
    });
    await eventually('the grant is in force before its end', async () => mayList());
    await eventually('the grant has ended', async () => !mayList());
    const kept = await client.list(rules, { fieldSelector: 'spec.v0=acme##user##temp' });
    assert.equal(kept.length, 1, 'the Rule itself still exists');
  });

  test('rejects every write of an adapter that only reads', async () => {
    const before = (await client.list(rules)).map(({ metadata }) => metadata.name).sort();
    await assert.rejects(enforcer.addGroupingPolicy('acme##user##eve', 'pol-default-everything', '*'), /only reads/);
    await assert.rejects(enforcer.removeFilteredPolicy(0, ''), /only reads/);
    await assert.rejects(enforcer.savePolicy(), /only reads/);
    assert.equal(enforcer.enforceSync('acme##user##eve', '', 'node:a', 'getNode'), false);
    assert.deepEqual((await client.list(rules)).map(({ metadata }) => metadata.name).sort(), before);
  });
});

describe('an adapter that writes for an owner', () => {
  const zoe = ['acme##user##zoe', '', 'namespace:app/pod:web', 'getPod'] as const;
  let own: RuleEnforcer;
  let owner: Owner;
  before(async () => {
    await apply(policy('pol-app', ['getApp'], ['app:*']));
    await untilAllReady(stack);
    const uid = await stack.kubectl(['get', 'policy', 'pol-app', '-o', 'jsonpath={.metadata.uid}']);
    owner = { kind: 'Policy', name: 'pol-app', uid };
    own = await newRuleEnforcer({
      adapter: new RuleAdapter({ source: listedRules(client), writeAs: { client, owner } }),
    });
    // The controller of the owner would undo what the adapter writes here.
    stack.processes.get(POLICY_CONTROLLER)?.child.kill('SIGSTOP');
  });
  after(() => stack.processes.get(POLICY_CONTROLLER)?.child.kill('SIGCONT'));
  const ownRules = async (): Promise<number> =>
    (
      await client.list(rules, {
        labelSelector: 'auth.tkestack.io/owner-kind=Policy,auth.tkestack.io/owner-name=pol-app',
      })
    ).length;

  test('adds Rules by which every reader decides', async () => {
    assert.equal(enforcer.enforceSync(...zoe), false);
    assert.equal(
      await own.addPolicies([
        ['pol-app', '*', 'namespace:app/*', 'getPod', 'allow'],
        ['pol-app', '*', 'a, "b"', 'getPod', 'allow'],
      ]),
      true,
    );
    assert.equal(await own.addGroupingPolicy('acme##user##zoe', 'pol-app', '*'), true);
    await eventually('a reader allows the request', async () => enforcer.enforceSync(...zoe));
    await eventually(
      'the engine allows the request',
      async () =>
        decide(index, { subjects: [zoe[0]], domain: zoe[1], object: zoe[2], action: zoe[3] }, Date.now()).verdict ===
        'allow',
    );
    assert.equal(await ownRules(), 4);
    assert.equal(enforcer.enforceSync('acme##user##zoe', '', 'a, "b"', 'getPod'), true);
  });

  test('adds and saves the same Rules again without a write', async () => {
    const versions = async (): Promise<unknown[]> =>
      (await client.list(rules)).map(({ metadata }) => [metadata.name, metadata.resourceVersion]);
    const before = await versions();
    await own.getAdapter().addPolicy('g', 'g', ['acme##user##zoe', 'pol-app', '*']);
    await own.loadPolicy();
    assert.equal(await own.savePolicy(), true);
    assert.deepEqual(await versions(), before);
  });

  test('does not remove Rules of another owner', async () => {
    const before = (await client.list(rules)).length;
    await assert.rejects(own.removeFilteredGroupingPolicy(0, 'acme##user##bob'), /another owner/);
    assert.equal((await client.list(rules)).length, before);
  });

  test('removes Rules of its owner, which readers follow', async () => {
    assert.equal(await own.removeFilteredPolicy(0, 'pol-app', '', 'namespace:app/*'), true);
    await eventually('a reader refuses the request', async () => !enforcer.enforceSync(...zoe));
    assert.equal(await own.removeGroupingPolicy('acme##user##zoe', 'pol-app', '*'), true);
    assert.equal(await ownRules(), 2);
  });

  test('has its changes undone by the controller of the owner', async () => {
    assert.equal(await own.removePolicy('pol-app', '*', 'app:*', 'getApp', 'allow'), true);
    stack.processes.get(POLICY_CONTROLLER)?.child.kill('SIGCONT');
    await eventually(
      'the Rules are those that the owner declares',
      async () => {
        const found = await client.list(rules, { fieldSelector: 'spec.v0=pol-app' });
        return found.length === 1 && found[0]?.spec.v2 === 'app:*';
      },
      60_000,
    );
  });
});

describe('the example program', () => {
  async function run(...args: string[]): Promise<{ code: unknown; out: string }> {
    const child = spawn(process.execPath, [EXAMPLE, ...args], {
      env: { ...process.env, KUBECONFIG: stack.controlPlane.kubeconfig },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    const [code] = (await once(child, 'close')) as unknown[];
    return { code, out };
  }

  test('answers from the cluster of KUBECONFIG', async () => {
    assert.deepEqual(await run('default##user##admin', '', 'node:a', 'deleteNode'), { code: 0, out: 'yes\n' });
    assert.deepEqual(await run('acme##user##alice', '', 'node:a', 'deleteNode'), { code: 1, out: 'no\n' });
    assert.deepEqual(await run('alice'), { code: 2, out: '' });
  });
});

test('no enforcer failed to reload', () => assert.deepEqual(errors, []));

function policy(name: string, actions: string[], resources: string[]): object {
  return {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Policy',
    metadata: { name },
    spec: { tenantID: 'acme', statement: { actions, resources, effect: 'allow' } },
  };
}
