/**
 * A controller that dies between any two writes. For each change of an object, and for every n, it runs with a client
 * that lets n writes through; then a new controller takes over. Each state on the way is read from etcd's own history
 * and must allow no more than the objects before or after the change. At the end the Rules are those of the objects.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { grantController } from '../../controllers/grant/controller.ts';
import { groupController } from '../../controllers/group/controller.ts';
import { policyController } from '../../controllers/policy/controller.ts';
import { projectPolicyBindingController } from '../../controllers/project-policy-binding/controller.ts';
import { OWNER_CONTROLLERS } from '../../controllers/registry/owner-controllers.ts';
import { roleController } from '../../controllers/role/controller.ts';
import type { OwnerController } from '../../controllers/rule-owner/owner.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { projectOf, tenantOf, type Wanted } from '../soak/cell.ts';
import { change } from '../soak/driver.ts';
import { Recorder } from '../soak/recorder.ts';
import { type EtcdEvent, followEtcd } from '../support/etcd-history.ts';
import { eventually } from '../support/eventually.ts';
import { startInProcess } from '../support/in-process-controller.ts';

let directory: string;
let stack: Stack;
const over = new AbortController();
const recorder = new Recorder();
let recording: Promise<void>;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-crash-'));
  stack = await startStack({ directory, processes: [] });
  // A LocalGroup gives the same lines as a Group, and no cell here has both.
  const take = (event: EtcdEvent): void =>
    recorder.take({ ...event, key: event.key.replace(/^localgroups\//, 'groups/') });
  recording = followEtcd(stack.controlPlane.etcdUrl, '/registry/auth.tkestack.io/', take, over.signal);
});
after(async () => {
  over.abort();
  await recording;
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const users = (...ids: string[]): { id: string }[] => ids.map((id) => ({ id }));
const statement = (effect: string, ...actions: string[]): object => ({
  actions,
  resources: ['namespace:a/pod:*'],
  effect,
});

/** States are compared as they are at the time 0, so this end has passed. */
const PASSED = '1969-12-31T00:00:00Z';

/** A change of one object; `others` do not change. */
interface Case {
  readonly controller: OwnerController;
  readonly kind: string;
  readonly plural: string;
  readonly name: string;
  readonly others?: readonly [kind: string, plural: string, name: string, spec: object][];
  readonly before: object | undefined;
  readonly after: object | undefined;
}

const POLICIES: Case['others'] = [
  ['Policy', 'policies', 'pol-a', { statement: statement('allow', 'getPod', 'listPods') }],
  ['Policy', 'policies', 'pol-d', { statement: statement('deny', 'getPod') }],
];

const CASES: Record<string, Case> = {
  'a policy that gets different lines and users': {
    controller: policyController,
    kind: 'Policy',
    plural: 'policies',
    name: 'pol-x',
    before: { statement: statement('allow', 'getPod', 'listPods'), users: users('ann', 'ben') },
    after: { statement: statement('allow', 'listPods', 'deletePod'), users: users('ben', 'cat') },
  },
  'a policy that changes from allow to deny': {
    controller: policyController,
    kind: 'Policy',
    plural: 'policies',
    name: 'pol-x',
    before: { statement: statement('allow', 'getPod', 'listPods'), users: users('ann') },
    after: { statement: statement('deny', 'getPod'), users: users('ann', 'ben') },
  },
  'a policy that changes from deny to allow': {
    controller: policyController,
    kind: 'Policy',
    plural: 'policies',
    name: 'pol-x',
    before: { statement: statement('deny', 'getPod'), users: users('ann') },
    after: { statement: statement('allow', 'getPod', 'deletePod'), users: users('ben') },
  },
  'a policy that is deleted': {
    controller: policyController,
    kind: 'Policy',
    plural: 'policies',
    name: 'pol-x',
    before: { statement: statement('allow', 'getPod'), users: users('ann', 'ben') },
    after: undefined,
  },
  'a role that gets different policies and users': {
    controller: roleController,
    kind: 'Role',
    plural: 'roles',
    name: 'rol-x',
    others: POLICIES,
    before: { policies: ['pol-a'], users: users('ann', 'ben') },
    after: { policies: ['pol-a', 'pol-d'], users: users('ben', 'cat') },
  },
  'a group that gets different users': {
    controller: groupController,
    kind: 'Group',
    plural: 'groups',
    name: 'grp-x',
    others: [['Policy', 'policies', 'pol-a', { statement: statement('allow', 'getPod'), groups: users('grp-x') }]],
    before: { users: users('ann', 'ben') },
    after: { users: users('cat') },
  },
  'a local group that gets different users': {
    controller: groupController,
    kind: 'LocalGroup',
    plural: 'localgroups',
    name: 'grp-x',
    others: [['Policy', 'policies', 'pol-a', { statement: statement('allow', 'getPod'), groups: users('grp-x') }]],
    before: { users: users('ann', 'ben') },
    after: { users: users('cat') },
  },
  'a binding that gets different users': {
    controller: projectPolicyBindingController,
    kind: 'ProjectPolicyBinding',
    plural: 'projectpolicybindings',
    name: 'ppb-x',
    others: POLICIES,
    before: { policyID: 'pol-a', users: users('ann', 'ben') },
    after: { policyID: 'pol-a', users: users('cat') },
  },
  'a grant that gets a deny instead of an allow': {
    controller: grantController,
    kind: 'Grant',
    plural: 'grants',
    name: 'gnt-x',
    others: POLICIES,
    before: { scope: 'platform', policies: ['pol-a'], users: users('ann', 'ben') },
    after: { scope: 'platform', policies: ['pol-d'], users: users('ben', 'cat') },
  },
  'a grant that gets an end in the past': {
    controller: grantController,
    kind: 'Grant',
    plural: 'grants',
    name: 'gnt-x',
    others: POLICIES,
    before: { scope: 'platform', policies: ['pol-a'], users: users('ann', 'ben') },
    after: { scope: 'platform', policies: ['pol-a'], users: users('ben', 'cat'), notAfter: PASSED },
  },
  'a grant of a deny that loses its end and gets an allow': {
    controller: grantController,
    kind: 'Grant',
    plural: 'grants',
    name: 'gnt-x',
    others: POLICIES,
    before: { scope: 'platform', policies: ['pol-d'], users: users('ann'), notAfter: PASSED },
    after: { scope: 'platform', policies: ['pol-a', 'pol-d'], users: users('ann', 'ben') },
  },
};

let cells = 0;

describe('a controller that dies between any two writes never lets the Rules allow too much:', () => {
  for (const [name, each] of Object.entries(CASES)) {
    test(name, async (context) => {
      let lastWrite = 0;
      while (await diesAfter(lastWrite, each)) lastWrite += 1;
      assert.deepEqual(recorder.violations, []);
      assert.ok(lastWrite >= 3, `the change needed only ${lastWrite} writes`);
      context.diagnostic(`the controller died before each of ${lastWrite} writes`);
    });
  }
});

/** Runs a case in a tenant of its own. Returns false when the controller was done within `lastWrite` writes. */
async function diesAfter(
  lastWrite: number,
  { controller, kind, plural, name, others = [], before: first, after: then }: Case,
): Promise<boolean> {
  const cell = cells++;
  const client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
  const inCell = (object: Omit<Wanted, 'spec'>, spec: object | undefined): Wanted => ({
    ...object,
    name: `${object.name}-c${cell}`,
    spec: spec === undefined ? undefined : localized(spec, object.kind, cell),
  });
  const object = { kind, plural, name };
  for (const [otherKind, otherPlural, otherName, spec] of others)
    await change(client, recorder, inCell({ kind: otherKind, plural: otherPlural, name: otherName }, spec));
  await change(client, recorder, inCell(object, first));
  await untilSettled(cell);
  await change(client, recorder, inCell(object, then));
  const dying = startInProcess(controller, stack.controlPlane.kubeconfig, lastWrite);
  const died = await Promise.race([dying.died.then(() => true), untilSettled(cell, [controller]).then(() => false)]);
  await dying.stop();
  await untilSettled(cell);
  await client.close();
  return died;
}

/** Waits until a cell has settled. Meanwhile all controllers run, unless the caller runs some itself. */
async function untilSettled(cell: number, running: readonly OwnerController[] = []): Promise<void> {
  const started =
    running.length > 0 ? [] : OWNER_CONTROLLERS.map((each) => startInProcess(each, stack.controlPlane.kubeconfig));
  try {
    await eventually(
      `cell ${cell} has settled`,
      () => Promise.resolve(recorder.whyUnsettled(cell) === undefined),
      60_000,
    );
    recorder.markSettled(cell);
  } catch (error) {
    throw new Error(`cell ${cell} did not settle: ${recorder.whyUnsettled(cell) ?? ''}`, { cause: error });
  } finally {
    await Promise.all(started.map((each) => each.stop()));
  }
}

/** Returns the spec for the tenant of a cell, with references to objects of the same cell. */
function localized(spec: object, kind: string, cell: number): object {
  const text = JSON.stringify(spec).replaceAll(/"((?:pol|grp)-[a-z]+)"/g, `"$1-c${cell}"`);
  return {
    tenantID: tenantOf(cell),
    ...(kind === 'ProjectPolicyBinding' ? { projectID: projectOf(cell) } : {}),
    ...(JSON.parse(text) as object),
  };
}
