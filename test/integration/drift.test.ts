/** Rules that a user changed by hand are repaired, and an event says what was found. `--dry-run` only reports. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { policies } from '../../api/auth/policy.ts';
import { rules } from '../../api/auth/rule.ts';
import { HUB, PROCESS_NAMES } from '../../api/installation.ts';
import type { KubeObject } from '../../api/object.ts';
import { ruleObject } from '../../authorization/rules/rule-object.ts';
import { reconcileRule } from '../../controllers/rule/reconcile.ts';
import { applySamples } from '../../hack/local/samples.ts';
import { type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { isConflict } from '../../runtime/errors.ts';
import { eventually } from '../support/eventually.ts';
import { rulesOf } from '../support/stack-rules.ts';
import { askWebhook, reviewBody } from '../support/webhook-client.ts';

const OWNER = 'pol-acme-keep-production';
const OF_OWNER = `auth.tkestack.io/owner-name=${OWNER}`;

let directory: string;
let stack: Stack;
let client: Client;
let whole: string;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-drift-'));
  stack = await startStack({ directory });
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
  await applySamples(stack);
  whole = await rulesOf(stack);
});
after(async () => {
  await client?.close();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const aRule = async (): Promise<string> => {
  const names = await stack.kubectl(['get', 'rules', '-l', OF_OWNER, '-o', 'jsonpath={.items[*].metadata.name}']);
  return names.split(' ')[0] ?? '';
};

/** Returns the notes of the events with this reason. */
const notes = (reason: string): Promise<string> =>
  stack.kubectl(['get', 'events.events.k8s.io', '-A', '-o', `jsonpath={.items[?(@.reason=="${reason}")].note}`]);

async function untilWhole(note: RegExp, reason: string): Promise<void> {
  await eventually('the Rules are complete again', async () => (await rulesOf(stack)) === whole);
  await eventually('an event says what was found', async () => note.test(await notes(reason)));
}

describe('drift is repaired after a user', () => {
  test('deletes Rules', async () => {
    await stack.kubectl(['delete', 'rules', '-l', OF_OWNER]);
    await untilWhole(/: \d missing, 0 surplus/, 'RulesRepaired');
  });

  test("removes the owner's label from a Rule", async () => {
    const name = await aRule();
    await stack.kubectl(['label', 'rule', name, 'auth.tkestack.io/owner-name-']);
    await eventually('the label is back', async () =>
      (await stack.kubectl(['get', 'rules', '-l', OF_OWNER, '-o', 'name'])).includes(name),
    );
    await untilWhole(/: 1 missing/, 'RulesRepaired');
  });

  test('changes the owner of a Rule', async () => {
    const name = await aRule();
    const patch = (uid: string): string =>
      JSON.stringify([{ op: 'replace', path: '/metadata/ownerReferences/0/uid', value: uid }]);
    const uid = (): Promise<string> =>
      stack.kubectl(['get', 'rule', name, '-o', 'jsonpath={.metadata.ownerReferences[0].uid}']);
    const own = await uid();
    // Kubernetes' garbage collector may delete the Rule first, because its owner does not exist. Then it is missing,
    // and is created again.
    await stack.kubectl(['patch', 'rule', name, '--type=json', '-p', patch('00000000-0000-4000-8000-000000000000')]);
    await eventually('the Rule has its owner again', async () => (await uid()) === own);
    await untilWhole(/1 with another owner|: 1 missing/, 'RulesRepaired');
  });

  test('tries to change the line of a Rule, which admission rejects', async () => {
    const { code, stderr } = await stack.controlPlane.kubectl([
      'patch',
      'rule',
      await aRule(),
      '--type=merge',
      '-p',
      '{"spec":{"v4":"allow","v3":"*"}}',
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /a Rule cannot be changed: create another one/);
  });

  test('creates a Rule by hand, which is removed', async () => {
    await stack.kubectl(['create', '-f', '-'], handMade('rul-by-hand'));
    await untilWhole(/removed: /, 'NoOwner');
  });

  test('forges a Rule of an existing owner past admission, which the controller of the owner removes', async () => {
    const name = await forge('listPods');
    await eventually('the forged Rule is gone', async () => (await client.get(rules, { name })) === undefined);
    await untilWhole(/: 0 missing, 1 surplus/, 'RulesRepaired');
  });

  test('forges a Rule while the controller of its owner is down, which counts until that controller starts', async () => {
    const running = stack.processes.get(PROCESS_NAMES.policy);
    assert.ok(running);
    assert.equal(await isAllowed(), false);
    await running.child.stop();
    const name = await forge('getPod');
    await eventually('the forged Rule counts, because only the controller of the owner can detect it', isAllowed);
    assert.ok(
      await client.get(rules, { name }),
      'the Rule controller keeps a Rule that an existing owner seems to have',
    );
    await untilReady(stack.restart(PROCESS_NAMES.policy));
    await eventually('the forged Rule is gone', async () => (await client.get(rules, { name })) === undefined);
    await untilWhole(/Rules created: 0, removed: 1/, 'RulesWritten');
    await eventually('the forged Rule no longer counts', async () => !(await isAllowed()));
  });

  test('removes the label, and the Rule controller, with a stale cache, does not delete the repaired Rule', async () => {
    const name = await aRule();
    await stack.kubectl(['label', 'rule', name, 'auth.tkestack.io/owner-name-']);
    const right = await eventually('the label is back', async () => {
      const live = await client.get(rules, { name });
      return live?.metadata.labels?.['auth.tkestack.io/owner-name'] === OWNER ? live : undefined;
    });
    const { 'auth.tkestack.io/owner-name': _, ...labels } = right.metadata.labels ?? {};
    const seen = new IndexedStore<typeof right>({});
    const metadata = { ...right.metadata, labels, resourceVersion: String(Number(right.metadata.resourceVersion) - 1) };
    seen.set(name, { ...right, metadata });
    const recorded: string[] = [];
    const events = { record: (_object: object, _type: string, reason: string): void => void recorded.push(reason) };
    const tools = {
      client,
      events,
      rules: seen,
      ownersOf: () => new IndexedStore<KubeObject>({}),
      keepUnowned: false,
      now: Date.now,
    };
    await assert.rejects(reconcileRule(name, tools), isConflict);
    assert.deepEqual(recorded, []);
    assert.equal((await client.get(rules, { name }))?.metadata.uid, right.metadata.uid);
    await untilWhole(/repaired its Rules/, 'RulesRepaired');
  });

  test('force-removes an owner with its finalizer, whose Rules are then deleted', async () => {
    // Either the Rule controller or Kubernetes' garbage collector does this. Stop the latter to test the former.
    const collector = stack.controlPlane.child('kube-controller-manager');
    collector.kill('SIGSTOP');
    const owners = [PROCESS_NAMES.policy, PROCESS_NAMES.grant].map((name) => stack.processes.get(name));
    for (const owner of owners) owner?.child.kill('SIGSTOP');
    await stack.kubectl(['delete', 'policy', OWNER, '--cascade=orphan', '--wait=false']);
    await stack.kubectl(['patch', 'policy', OWNER, '--type=merge', '-p', '{"metadata":{"finalizers":null}}']);
    await eventually(
      'no Rule of the owner is left',
      async () => (await stack.kubectl(['get', 'rules', '-l', OF_OWNER, '-o', 'name'])) === '',
    );
    await eventually('an event has the reason OwnerGone', async () => (await notes('OwnerGone')) !== '');
    for (const owner of owners) owner?.child.kill('SIGCONT');
    collector.kill('SIGCONT');
  });
});

/**
 * Writes a Rule that its owner does not declare, but with the owner's reference, labels and name. Admission rejects
 * this for users; system:masters passes it.
 */
async function forge(action: string): Promise<string> {
  const {
    metadata: { uid = '' },
  } = (await client.get(policies, { name: OWNER })) ?? assert.fail('the owner does not exist');
  const rule = ruleObject(
    { kind: 'Policy', name: OWNER, uid },
    { ptype: 'p', policy: OWNER, domain: '*', object: '*', action, effect: 'allow' },
  );
  return (await client.create(rules, rule)).metadata.name;
}

/** Whether a user of the tenant without any binding may get a pod. */
async function isAllowed(): Promise<boolean> {
  const resourceAttributes = { verb: 'get', version: 'v1', resource: 'pods', namespace: 'unclaimed', name: 'web' };
  const { body } = await askWebhook(stack, {
    cluster: HUB,
    body: reviewBody({ user: 'eve', groups: ['tenant:acme'], resourceAttributes }),
  });
  return body.status?.allowed === true;
}

function handMade(name: string): string {
  const spec = { ptype: 'p', v0: 'default##user##eve', v1: '*', v2: '*', v3: '*', v4: 'allow' };
  return JSON.stringify({ apiVersion: 'auth.tkestack.io/v1', kind: 'Rule', metadata: { name }, spec });
}

describe('--dry-run', () => {
  test('reports what would be removed and writes nothing, beside a running leader and without one', async () => {
    const running = stack.processes.get(PROCESS_NAMES.rule) ?? assert.fail('the Rule controller is not running');
    assert.deepEqual(await dryRun(running.command), {
      code: 0,
      stdout: `${(await versions()).length} Rules, no repairs needed\n`,
    });
    await running.child.stop();
    await stack.kubectl(['create', '-f', '-'], handMade('rul-dry'));
    const before = await versions();
    const { code, stdout } = await dryRun(running.command);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^RULE\s+WOULD\s+WHY\s+LINE\s+MESSAGE\nrul-dry\s+remove\s+NoOwner\s+p, default##user##eve, \*, \*, \*, allow\s/,
    );
    assert.deepEqual(await versions(), before);
    await untilReady(stack.restart(PROCESS_NAMES.rule));
    await eventually(
      'the restarted Rule controller removes the Rule',
      async () => !(await rulesOf(stack)).includes('rul-dry'),
    );
  });
});

const versions = async (): Promise<string[]> =>
  (
    await stack.kubectl([
      'get',
      'rules',
      '-o',
      'jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{"\\n"}{end}',
    ])
  )
    .trim()
    .split('\n');

/** Runs the same command with --dry-run. */
function dryRun([program = '', ...args]: readonly string[]): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve) => {
    const own = args.map((arg) => (arg.startsWith('--health-address=') ? '--health-address=127.0.0.1:0' : arg));
    const child = spawn(program, [...own, '--dry-run'], { stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.once('close', (code) => resolve({ code, stdout }));
  });
}
