/**
 * One hub for each group of tenants, to go beyond the capacity of one etcd. The kube-apiserver of hub A asks its own
 * authorizer about some tenants, and the authorizer of hub B, to which it is a member cluster, about the others. It
 * chooses by the tenant of the user, as an authorizer determines it. Objects of the other hub have no effect.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump, load } from 'js-yaml';
import { type Policy, policies } from '../../api/auth/policy.ts';
import { PROCESS_NAMES, webhookPathOf } from '../../api/installation.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { issueWebhookKubeconfig } from '../../hack/local/webhook-files.ts';
import { AUTHORIZER } from '../../processes/processes.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { eventually } from '../support/eventually.ts';
import { processNamed } from '../support/product-processes.ts';

const PROCESSES = [processNamed(PROCESS_NAMES.policy), AUTHORIZER];

/**
 * CEL for "the tenant of the user is on hub B". An extra `tenantid` takes precedence over groups
 * (authorization/webhook/requester.ts).
 */
const IS_OF_B = `'tenantid' in request.extra && size(request.extra['tenantid']) > 0 ? request.extra['tenantid'][0] in ['beta'] : request.groups.exists(group, group in ['tenant:beta'])`;

interface Hub {
  readonly stack: Stack;
  readonly client: Client;
}

let directory: string;
let hubs: Hub[] = [];
let [a, b]: [Hub | undefined, Hub | undefined] = [undefined, undefined];
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-hubs-'));
  const started = await Promise.allSettled(['a', 'b'].map((name) => startHub(path.join(directory, name))));
  hubs = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  for (const each of started) if (each.status === 'rejected') throw each.reason as Error;
  [a, b] = [hubs[0], hubs[1]];
  await addWebhookOfB(hubA().stack, hubB().stack);
  await createPolicies();
});
after(async () => {
  await Promise.all(hubs.map(({ client }) => client.close()));
  await Promise.all(hubs.map(({ stack }) => stack.stop()));
  await rm(directory, { recursive: true, force: true });
});

const hubA = (): Hub => known(a);
const hubB = (): Hub => known(b);

function known(hub: Hub | undefined): Hub {
  assert.ok(hub);
  return hub;
}

async function startHub(directory: string): Promise<Hub> {
  const stack = await startStack({ directory, processes: PROCESSES });
  return { stack, client: createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' }) };
}

interface Authorizers {
  readonly authorizers: readonly {
    readonly type: string;
    readonly name: string;
    readonly webhook?: object & { readonly matchConditions: readonly object[] };
  }[];
}

/** Adds the webhook of B to the authorization configuration of A's kube-apiserver, which reloads the file. */
async function addWebhookOfB(stackA: Stack, stackB: Stack): Promise<void> {
  const file = stackA.webhook.authorizationConfig;
  const config = load(await readFile(file, 'utf8')) as Authorizers;
  const kubeConfigFile = path.join(directory, 'hub-b.kubeconfig');
  const url = `https://127.0.0.1:${stackB.webhookPort}${webhookPathOf('hub-a')}`;
  await writeFile(kubeConfigFile, await issueWebhookKubeconfig(stackB.webhook.authority, 'hub-a', url), {
    mode: 0o600,
  });
  const authorizers = config.authorizers.flatMap(({ webhook, ...each }) => {
    if (webhook === undefined) return [each];
    const asked = (expression: string): object => ({
      ...webhook,
      matchConditions: [...webhook.matchConditions, { expression }],
    });
    return [
      { ...each, name: 'hub-a', webhook: asked(`!(${IS_OF_B})`) },
      {
        ...each,
        name: 'hub-b',
        webhook: { ...asked(IS_OF_B), connectionInfo: { type: 'KubeConfigFile', kubeConfigFile } },
      },
    ];
  });
  await writeFile(`${file}.new`, dump({ ...config, authorizers }));
  await rename(`${file}.new`, file);
}

/** Creates policies for the hub's own tenant and for the tenant of the other hub, on each hub. */
async function createPolicies(): Promise<void> {
  const made: [Hub, Policy][] = [
    [hubA(), policy('pol-acme', 'acme', 'ann', { resources: ['namespace:dev/*'] })],
    [hubA(), policy('pol-beta-of-a', 'beta', 'ben', { resources: ['*'] })],
    [hubB(), policy('pol-beta', 'beta', 'ben', { resources: ['cluster:hub-a/namespace:dev/*'] })],
    [
      hubB(),
      policy('pol-beta-deny', 'beta', 'ben', {
        resources: ['cluster:hub-a/namespace:dev/configmap:secret-*'],
        effect: 'deny',
      }),
    ],
    [hubB(), policy('pol-acme-of-b', 'acme', 'ann', { resources: ['*'] })],
  ];
  for (const [{ client }, each] of made) await client.create(policies, each);
  for (const [
    { client },
    {
      metadata: { name },
    },
  ] of made) {
    await eventually(
      `${name} is in force`,
      async () => (await client.get(policies, { name }))?.status?.conditions?.[0]?.reason === 'Translated',
    );
  }
  await eventually(
    'both authorizers are asked',
    async () => (await decision(ANN, 'cm')).allowed && (await decision(BEN, 'cm')).allowed,
  );
}

function policy(
  name: string,
  tenantID: string,
  user: string,
  { resources, effect = 'allow' }: { resources: string[]; effect?: 'allow' | 'deny' },
): Policy {
  const spec = { tenantID, users: [{ id: user }], statement: { actions: ['getConfigMap'], resources, effect } };
  return { apiVersion: 'auth.tkestack.io/v1', kind: 'Policy', metadata: { name }, spec } as Policy;
}

interface Who {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const ANN: Who = { user: 'ann', groups: ['tenant:acme'] };
const BEN: Who = { user: 'ben', groups: ['tenant:beta'] };

interface Review extends KubeObject {
  readonly spec: object;
  readonly status?: {
    readonly allowed: boolean;
    readonly denied?: boolean;
    readonly reason?: string;
    readonly evaluationError?: string;
  };
}

const REVIEWS: Resource<Review> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};

/** Returns the decision of A's kube-apiserver, through its whole chain of authorizers. */
async function decision(who: Who, name: string, namespace = 'dev'): Promise<NonNullable<Review['status']>> {
  const resourceAttributes = { verb: 'get', version: 'v1', resource: 'configmaps', namespace, name };
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: REVIEWS.kind,
    metadata: { name: '' },
    spec: { ...who, resourceAttributes },
  };
  const { status } = await hubA().client.create(REVIEWS, review);
  assert.ok(status);
  return status;
}

describe('on the kube-apiserver of hub A', () => {
  const byExtra = (user: string, tenant: string, groups: readonly string[] = []): Who => ({
    user,
    groups,
    extra: { tenantid: [tenant] },
  });
  const cases: Record<string, { who: Who; name?: string; namespace?: string; allowed: boolean; reason: RegExp }> = {
    'requests of a tenant of A are decided by A': {
      who: ANN,
      allowed: true,
      reason: /^ann of tenant acme may .* on namespace:dev\/.*pol-acme\b/,
    },
    'policies of B do not apply to a tenant of A': {
      who: ANN,
      namespace: 'prod',
      allowed: false,
      reason: /closest match is Policy pol-acme, but /,
    },
    'requests of a tenant of B are decided by B, for which A is a member cluster': {
      who: BEN,
      allowed: true,
      reason: /^ben of tenant beta may .* on cluster:hub-a\/namespace:dev\/.*pol-beta\b/,
    },
    'policies of A do not apply to a tenant of B': {
      who: BEN,
      namespace: 'prod',
      allowed: false,
      reason: /closest match is Policy pol-beta, but /,
    },
    'a deny of B is final': { who: BEN, name: 'secret-x', allowed: false, reason: /: Policy pol-beta-deny denies / },
    'an extra selects the hub as a group does': {
      who: byExtra('ben', 'beta'),
      allowed: true,
      reason: /on cluster:hub-a\//,
    },
    'an extra takes precedence over the groups and selects B': {
      who: byExtra('ann', 'beta', ['tenant:acme']),
      allowed: false,
      reason: /^ann of tenant beta may not .* on cluster:hub-a\//,
    },
    'an extra takes precedence over the groups and selects A': {
      who: byExtra('ann', 'acme', ['tenant:beta']),
      namespace: 'prod',
      allowed: false,
      reason: /^ann of tenant acme may not .* on namespace:prod\//,
    },
    'a user who claims a tenant of each hub has no rights': {
      who: { user: 'ann', groups: ['tenant:acme', 'tenant:beta'] },
      allowed: false,
      reason: /claims more than one tenant/,
    },
    'a user without a tenant has no rights': { who: { user: 'ann' }, allowed: false, reason: /belongs to no tenant/ },
  };
  for (const [name, { who, name: object = 'cm', namespace, allowed, reason }] of Object.entries(cases)) {
    test(name, async () => {
      const decided = await decision(who, object, namespace);
      assert.match(decided.reason ?? '', reason);
      assert.equal(decided.allowed, allowed);
      assert.equal(decided.evaluationError, undefined);
    });
  }

  test('a deny of B overrides an allow by RBAC of A', async () => {
    await hubA().stack.kubectl(['create', 'clusterrole', 'configmaps', '--verb=get', '--resource=configmaps']);
    await hubA().stack.kubectl([
      'create',
      'clusterrolebinding',
      'configmaps',
      '--clusterrole=configmaps',
      '--user=ben',
    ]);
    await eventually(
      'RBAC allows ben to read in another namespace',
      async () => (await decision(BEN, 'cm', 'prod')).allowed,
    );
    assert.equal((await decision(BEN, 'secret-x')).allowed, false);
  });

  test('when the authorizer of B is down, its tenants are refused whatever RBAC allows, and tenants of A are unaffected', async () => {
    await hubB().stack.processes.get(PROCESS_NAMES.authorizer)?.child.stop();
    const { allowed, evaluationError } = await decision(BEN, 'cm', 'prod');
    assert.equal(allowed, false);
    assert.match(evaluationError ?? '', /connect/);
    assert.equal((await decision(ANN, 'cm')).allowed, true);
  });
});
