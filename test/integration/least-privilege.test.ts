/**
 * Every process has exactly the permissions that it declares. The kube-apiserver's audit log records a full round of
 * work: no request was forbidden, and every declared permission was used. With one permission less, a process fails and
 * says so.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump, load } from 'js-yaml';
import * as z from 'zod';
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import { INSTALLATION_NAMESPACE, PROCESS_NAMES } from '../../api/installation.ts';
import { ruleObject } from '../../authorization/rules/rule-object.ts';
import { CLUSTER_API_GROUP } from '../../clusters/providers/cluster-api/resources.ts';
import { applySamples, READY_KINDS } from '../../hack/local/samples.ts';
import { isReady, type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { AUTHORIZER, PROCESSES, type ProductProcess } from '../../processes/processes.ts';
import { REPLICA_VERBS } from '../../runtime/process/access.ts';
import { type Audit, prepareAudit } from '../support/audit-log.ts';
import { clusterRound } from '../support/cluster-round.ts';
import { eventually } from '../support/eventually.ts';
import { yamlOf } from '../support/manifest-yaml.ts';
import { processNamed } from '../support/product-processes.ts';
import { rulesOf } from '../support/stack-rules.ts';

let directory: string;
let stack: Stack;
let audit: Audit;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-rbac-'));
  audit = await prepareAudit(directory, [{ level: 'Metadata' }]);
  stack = await startStack({ directory, apiserverArgs: audit.apiserverArgs });
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const auditEvent = z.object({
  user: z.object({ username: z.string() }),
  verb: z.string(),
  objectRef: z
    .object({ apiGroup: z.string().default(''), resource: z.string(), subresource: z.string().optional() })
    .optional(),
  responseStatus: z.object({ code: z.number() }).optional(),
});

async function requests(): Promise<{ process: string; what: string; code: number }[]> {
  const lines = (await readFile(audit.log, 'utf8')).split('\n').filter((line) => line !== '');
  return lines
    .map((line) => auditEvent.parse(JSON.parse(line)))
    .filter(({ user }) => user.username.startsWith(`system:serviceaccount:${INSTALLATION_NAMESPACE}:`))
    .map(({ user, verb, objectRef, responseStatus }) => {
      const resource =
        objectRef === undefined
          ? ''
          : [objectRef.resource, objectRef.subresource].filter((part) => part !== undefined).join('/');
      const what = `${verb} ${resource}.${objectRef?.apiGroup ?? ''}`;
      return { process: user.username.split(':')[3] ?? '', what, code: responseStatus?.code ?? 0 };
    });
}

/**
 * Returns the permissions that a process declares, without list: caches list only if a kube-apiserver lacks watch-list,
 * and this one has it.
 */
function declared({ access }: ProductProcess): string[] {
  // A signer is not a resource of requests: its permission is checked within other requests.
  const owned = [...access.access, ...(access.namespaced ?? [])]
    .filter(({ resource }) => resource !== 'signers')
    .flatMap(({ group, resource, verbs }) =>
      verbs.filter((verb) => verb !== 'list' && !isWithin(group, verb)).map((verb) => `${verb} ${resource}.${group}`),
    );
  const lease = access.leaderElection
    ? ['get', 'create', 'update'].map((verb) => `${verb} leases.coordination.k8s.io`)
    : [];
  const replica =
    access.replicas === undefined
      ? []
      : REPLICA_VERBS[access.replicas].map((verb) => `${verb} leases.coordination.k8s.io`);
  return [...new Set([...owned, ...lease, ...replica])];
}

/** Whether a permission is only checked within another request: an apply that creates an object appears as a patch. */
function isWithin(group: string, verb: string): boolean {
  return group === CLUSTER_API_GROUP && verb === 'create';
}

const rule = (name: string, owner?: object): string =>
  dump({
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Rule',
    metadata: { name, ...owner },
    spec: { ptype: 'p', v0: 'pol-x', v1: '*', v2: '*', v3: '*', v4: 'allow' },
  });

/** Makes every process do everything that it can ever have to do. */
async function fullRound(): Promise<void> {
  await Promise.all([applySamples(stack), clusterRound(stack)]);
  const cleaner = processNamed(PROCESS_NAMES.rule);
  await stack.processes.get(cleaner.access.name)?.child.stop();
  for (const kind of ['policies', 'roles.auth.tkestack.io', 'groups', 'projectpolicybindings', 'grants'])
    await unlabel(kind);
  await stack.start(cleaner, ['--keep-unowned-rules']);
  await stack.kubectl(['create', '-f', '-'], rule('rul-by-hand'));
  await stack.kubectl(['wait', '--for=condition=Honoured=False', 'rule/rul-by-hand', '--timeout=20s']);
  await stack.processes.get(cleaner.access.name)?.child.stop();
  await stack.start(cleaner);
  await eventually('the Rule created by hand is gone', async () => !(await rulesOf(stack)).includes('pol-x'));
  // Kubernetes' garbage collector deletes orphans too. Stop it, so that the Rule controller does all of it.
  const collector = stack.controlPlane.child('kube-controller-manager');
  collector.kill('SIGSTOP');
  await stack.kubectl(['create', '-f', '-'], orphans());
  await eventually('the orphaned Rules are gone', async () => !(await rulesOf(stack)).includes('pol-x'));
  collector.kill('SIGCONT');
  await stack.kubectl(['delete', READY_KINDS, '--all', '--timeout=60s']);
  await eventually('no Rule is left', async () => (await rulesOf(stack)) === '');
  // A replica that stops deletes its Lease.
  await stack.processes.get(AUTHORIZER.access.name)?.child.stop();
  await untilReady(await stack.start(AUTHORIZER));
}

/**
 * Removes the owner's label from a Rule of this kind: its controller misses the Rule, and then finds it under the name
 * that it needs.
 */
async function unlabel(kind: string): Promise<void> {
  const [name = ''] = (await stack.kubectl(['get', kind, '-o', 'jsonpath={.items[*].metadata.name}'])).split(' ');
  const owned = (): Promise<string> =>
    stack.kubectl([
      'get',
      'rules',
      '-l',
      `auth.tkestack.io/owner-name=${name},auth.tkestack.io/owner-kind`,
      '-o',
      'name',
    ]);
  const before = await owned();
  const [first = ''] = before.trim().split('\n');
  await stack.kubectl(['label', first, 'auth.tkestack.io/owner-kind-']);
  await eventually(`${first} of ${kind} ${name} has its label again`, async () => (await owned()) === before);
}

/** Returns Rules that seem to come from controllers but whose owners do not exist, one for each kind of owner. */
function orphans(): string {
  const line = {
    ptype: 'p' as const,
    policy: 'pol-x',
    domain: '*',
    object: '*',
    action: '*',
    effect: 'allow' as const,
  };
  // A uid of no object, as in a restored backup.
  const uid = '00000000-0000-4000-8000-000000000000';
  return yamlOf(OWNER_KINDS.map(({ kind }) => ruleObject({ kind, name: `gone-${kind.toLowerCase()}`, uid }, line)));
}

describe('during a full round of work', () => {
  test('no request of a process is forbidden, and every declared permission is used', {
    timeout: 240_000,
  }, async () => {
    await fullRound();
    const seen = await requests();
    assert.deepEqual(
      seen.filter(({ code }) => code === 401 || code === 403),
      [],
    );
    for (const product of PROCESSES) {
      const used = new Set(seen.filter(({ process }) => process === product.access.name).map(({ what }) => what));
      const unused = declared(product).filter((what) => !used.has(what));
      assert.deepEqual(unused, [], product.access.name);
    }
  });
});

const clusterRole = z.looseObject({
  rules: z.array(z.looseObject({ resources: z.array(z.string()), verbs: z.array(z.string()) })),
});

/** Revokes one verb on one resource from a process. Returns a function that restores it. */
async function withhold(product: ProductProcess, resource: string, verb: string): Promise<() => Promise<unknown>> {
  const { name } = product.access;
  const text = await readFile(path.join(import.meta.dirname, `../../config/rbac/${name}.yaml`), 'utf8');
  const manifest = text.split('\n---\n').find((each) => each.includes('kind: ClusterRole\n')) ?? '';
  const whole = clusterRole.parse(load(manifest));
  const rules = whole.rules
    .map((each) =>
      each.resources.includes(resource) ? { ...each, verbs: each.verbs.filter((given) => given !== verb) } : each,
    )
    .filter(({ verbs }) => verbs.length > 0);
  await stack.kubectl(['replace', '-f', '-'], dump({ ...whole, rules }));
  return () => stack.kubectl(['replace', '-f', '-'], manifest);
}

async function logOf(product: ProductProcess): Promise<string> {
  return readFile(path.join(directory, `${product.access.name}.log`), 'utf8');
}

const POLICY = dump({
  apiVersion: 'auth.tkestack.io/v1',
  kind: 'Policy',
  metadata: { name: 'pol-less' },
  spec: {
    tenantID: 'acme',
    statement: { actions: ['get'], resources: ['*'], effect: 'allow' },
    users: [{ id: 'ann' }],
  },
});

describe('with one permission less,', () => {
  for (const product of PROCESSES) {
    const resource = product.access.access.find(({ verbs }) => verbs.includes('watch'))?.resource ?? '';
    test(`${product.access.name} is not ready without watch on ${resource}, and says why`, async () => {
      const restore = await withhold(product, resource, 'watch');
      await stack.processes.get(product.access.name)?.child.stop();
      const running = await stack.start(product);
      await eventually('the log names the missing permission', async () =>
        (await logOf(product)).includes(`cannot watch resource \\"${resource}\\"`),
      );
      assert.equal(await isReady(running), false);
      await restore();
      // It recovers by itself.
      await untilReady(running, 60_000);
    });
  }

  const writes: [resource: string, verb: string, ready: string][] = [
    ['rules', 'create', 'False WriteFailed'],
    ['policies', 'patch', ''],
    ['policies/status', 'patch', ''],
  ];
  for (const [resource, verb, ready] of writes) {
    test(`the policy controller fails without ${verb} on ${resource}, and recovers when it is restored`, async () => {
      const product = processNamed(PROCESS_NAMES.policy);
      const restore = await withhold(product, resource, verb);
      await stack.kubectl(['create', '-f', '-'], POLICY);
      await eventually('the log names the missing permission', async () =>
        (await logOf(product)).includes(`cannot ${verb} resource \\"${resource}\\"`),
      );
      const condition = (): Promise<string> =>
        stack.kubectl([
          'get',
          'policy',
          'pol-less',
          '-o',
          'jsonpath={.status.conditions[0].status} {.status.conditions[0].reason}',
        ]);
      await eventually('the policy is not Ready', async () => (await condition()).trim() === ready);
      await restore();
      await eventually('the policy is Ready', async () => (await condition()).startsWith('True'), 60_000);
      await stack.kubectl(['delete', 'policy', 'pol-less', '--timeout=20s']);
    });
  }

  test('a deleted policy keeps its finalizer while its Rules cannot be removed', async () => {
    const product = processNamed(PROCESS_NAMES.policy);
    await stack.kubectl(['create', '-f', '-'], POLICY);
    await stack.kubectl(['wait', '--for=condition=Ready', 'policy/pol-less', '--timeout=20s']);
    const restore = await withhold(product, 'rules', 'delete');
    await stack.kubectl(['delete', 'policy', 'pol-less', '--wait=false']);
    await eventually('the log names the missing permission', async () =>
      (await logOf(product)).includes('cannot delete resource \\"rules\\"'),
    );
    assert.match(
      await stack.kubectl(['get', 'policy', 'pol-less', '-o', 'jsonpath={.metadata.finalizers}']),
      /auth\.tkestack\.io\/rules/,
    );
    await restore();
    await eventually(
      'the policy is gone',
      async () => (await stack.controlPlane.kubectl(['get', 'policy', 'pol-less'])).code === 1,
      60_000,
    );
    assert.equal(await rulesOf(stack), '');
  });
});
