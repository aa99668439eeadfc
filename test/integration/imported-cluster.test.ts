/**
 * Clusters that are imported, hub and members real control planes: what is wrong with a credential or an address is
 * told with what to do, and passes when it is put right; the member is the same before and after; and with the files
 * that are made for it, it asks the hub's policies.
 */
import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { dump } from 'js-yaml';
import { INSTALLATION_NAMESPACE, PROCESS_NAMES } from '../../api/installation.ts';
import { TENANT_LABEL } from '../../api/platform/labels.ts';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../hack/controlplane/controlplane.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { AUTHORIZER, CLUSTER_CONTROLLER } from '../../processes/processes.ts';
import { clusterOf, conditionOf, untilClusterReady, untilClusterSays } from '../support/cluster-conditions.ts';
import { eventually } from '../support/eventually.ts';
import { processNamed } from '../support/product-processes.ts';
import { plugin } from '../support/run-plugin.ts';
import { writeUserKubeconfig } from '../support/user-kubeconfig.ts';

let directory: string;
let stack: Stack;
let member: ControlPlane;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-imported-'));
  [stack, member] = await Promise.all([
    startStack({
      directory: path.join(directory, 'hub'),
      processes: [AUTHORIZER, CLUSTER_CONTROLLER, processNamed(PROCESS_NAMES.policy)],
    }),
    startControlPlane({ directory: path.join(directory, 'member') }),
  ]);
});
after(async () => {
  await member?.stop();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function inMember(args: readonly string[], of = member): Promise<string> {
  const { stdout, stderr, code } = await of.kubectl(args);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A token of a ServiceAccount of the member, made when it is not there. */
async function tokenOf(account: string): Promise<string> {
  await member.kubectl(['create', 'serviceaccount', account]);
  return (await inMember(['create', 'token', account, '--duration=1h'])).trim();
}

async function secret(name: string, data: Readonly<Record<string, string>>): Promise<void> {
  const stringData = { 'ca.crt': member.caCert, ...data };
  await stack.kubectl(
    ['apply', '-f', '-'],
    dump({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: INSTALLATION_NAMESPACE, labels: { [TENANT_LABEL]: 'acme' } },
      stringData,
    }),
  );
}

async function declare(name: string, server = member.url): Promise<void> {
  await stack.kubectl(
    ['apply', '-f', '-'],
    dump({
      apiVersion: 'platform.tkestack.io/v1',
      kind: 'Cluster',
      metadata: { name },
      spec: { tenantID: 'acme', type: 'Imported', server, kubeconfigSecret: name },
    }),
  );
}

/** The same token with other times, signed with the member's own key. */
async function withTimes(token: string, seconds: number): Promise<string> {
  const [header = '', payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, number>;
  const { exp = 0, iat = 0, nbf = 0 } = claims;
  const moved = Buffer.from(
    JSON.stringify({ ...claims, exp: exp + seconds, iat: iat + seconds, nbf: nbf + seconds }),
  ).toString('base64url');
  const key = createPrivateKey(await readFile(path.join(member.directory, 'service-account.key'), 'utf8'));
  const signature = sign('sha256', Buffer.from(`${header}.${moved}`), key);
  return `${header}.${moved}.${signature.toString('base64url')}`;
}

describe("a cluster that can't be imported", () => {
  test('because its token has expired says so, and is imported with a new one', async () => {
    const token = await tokenOf('expiring');
    await secret('expired', { token: await withTimes(token, -7_200) });
    await declare('expired');
    await untilClusterSays(stack, 'expired', 'Unauthorized');
    // Signed in the same way, with its own times: nothing else was wrong with it.
    await secret('expired', { token: await withTimes(token, 0) });
    await untilClusterReady(stack, 'expired');
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'expired']);
  });

  test('because the CA is another one says so, and is imported with the right one', async () => {
    const token = await tokenOf('trusting');
    await secret('wrong-ca', { 'ca.crt': (await createAuthority('another')).cert, token });
    await declare('wrong-ca');
    await untilClusterSays(stack, 'wrong-ca', 'CertificateUntrusted');
    await secret('wrong-ca', { token });
    await untilClusterReady(stack, 'wrong-ca');
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'wrong-ca']);
  });

  test('because nobody answers at its address says so', async () => {
    await secret('nowhere', { token: await tokenOf('reaching') });
    await declare('nowhere', 'https://127.0.0.1:1');
    await untilClusterSays(stack, 'nowhere', 'ConnectionRefused');
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'nowhere']);
  });
});

/** Every object of every kind that can be listed, with its version; what the member renews by itself left out. */
async function everything(): Promise<readonly string[]> {
  const kinds = (await inMember(['api-resources', '--verbs=list', '-o', 'name']))
    .trim()
    .split('\n')
    .filter((kind) => !/^(events|leases|componentstatuses)(\.|$)/.test(kind));
  const { items } = JSON.parse(await inMember(['get', kinds.join(','), '-A', '-o', 'json'])) as { items: object[] };
  return items.map((each) => JSON.stringify(each)).sort();
}

describe('an imported cluster', () => {
  let untouched: readonly string[];

  test('is taken with a credential that only reads', async () => {
    await inMember(['create', 'clusterrolebinding', 'reader', '--clusterrole=view', '--serviceaccount=default:reader']);
    await secret('mine', { token: await tokenOf('reader') });
    untouched = await eventually('the member has come to rest', async () => {
      const [one, two] = [await everything(), await everything()];
      return one.join() === two.join() && one;
    });
    assert.ok(untouched.length > 100, `${untouched.length} objects`);
    await declare('mine');
    const { status } = await untilClusterReady(stack, 'mine');
    assert.match(status?.version ?? '', /^v1\./);
  });

  test('is recognised under another name, at another address, with another credential', async () => {
    const { cert, key } = await member.authority.issue({
      commonName: 'other',
      organizations: ['system:masters'],
      usages: ['client'],
    });
    await secret('again', { 'tls.crt': cert, 'tls.key': key });
    await declare('again', member.url.replace('127.0.0.1', 'localhost'));
    assert.match(await untilClusterSays(stack, 'again', 'AlreadyImported'), / Cluster mine /);
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'again']);
  });

  test('has no credentials to give, and says how its users come to theirs', async () => {
    const { code, output } = await plugin(stack.controlPlane.kubeconfig, 'get-credentials', 'mine');
    assert.equal(code, 2);
    assert.match(output, /does not hold the key[^\n]*\nThe cluster was imported/);
  });

  test('is the same after it was let go as it was before: every object of every kind', async () => {
    const { code, output } = await plugin(stack.controlPlane.kubeconfig, 'detach-cluster', 'mine', '--wait');
    assert.equal(code, 0, output);
    assert.deepEqual(await everything(), untouched);
  });

  test('is taken with a credential that may do nothing, and says what is lost', async () => {
    await secret('blind', { token: await tokenOf('nobody') });
    await declare('blind');
    await untilClusterReady(stack, 'blind');
    assert.match(conditionOf(await clusterOf(stack, 'blind'), 'Identified'), /importing it twice would go unnoticed/);
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'blind']);
  });
});

test("a cluster asks the hub's policies with the files that are made for it", async () => {
  const files = path.join(directory, 'files');
  const made = await plugin(
    undefined,
    'authorization-files',
    'own',
    '--authorizer-url',
    `https://127.0.0.1:${stack.webhookPort}`,
    '--authorizer-directory',
    stack.webhook.memberClusterDirectory,
    '--directory',
    files,
    '--place',
    files,
  );
  assert.equal(made.code, 0, made.output);
  assert.match(
    made.output,
    /--authorization-config=.+authorization\.yaml[^]*To undo it, put --authorization-mode=Node,RBAC back/,
  );
  const asking = await startControlPlane({
    directory: path.join(directory, 'asking'),
    authorization: { config: path.join(files, 'authorization.yaml') },
  });
  try {
    await inMember(['create', 'namespace', 'team'], asking);
    await stack.kubectl(
      ['create', '-f', '-'],
      dump({
        apiVersion: 'auth.tkestack.io/v1',
        kind: 'Policy',
        metadata: { name: 'pol-team' },
        spec: {
          tenantID: 'acme',
          scope: 'platform',
          statement: { actions: ['list*'], resources: ['cluster:own/namespace:team/*'], effect: 'allow' },
          users: [{ id: 'dora' }],
        },
      }),
    );
    const dora = path.join(directory, 'dora.kubeconfig');
    await writeUserKubeconfig(asking, { user: 'dora', tenant: 'acme' }, dora);
    await eventually(
      'she may list what is in her namespace',
      async () => (await asking.kubectl(['get', 'configmaps', '-n', 'team', `--kubeconfig=${dora}`])).code === 0,
    );
    const refused = await asking.kubectl(['get', 'configmaps', '-n', 'default', `--kubeconfig=${dora}`]);
    assert.match(
      refused.stderr,
      /dora of tenant acme may not listConfigmaps on cluster:own\/namespace:default\/configmap:\*: no policy allows it/,
    );
  } finally {
    await asking.stop();
  }
});
