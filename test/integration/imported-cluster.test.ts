/**
 * Imported clusters; hub and member clusters are real control planes. A wrong credential or address gets its reason,
 * and the cluster is imported once that is fixed. The member cluster is the same before and after the import. With the
 * files that the CLI generates, it asks the hub for decisions.
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
import { clusterOf, conditionOf, untilClusterReady, untilReadyReason } from '../support/cluster-conditions.ts';
import { kubectlIn } from '../support/control-planes.ts';
import { eventually } from '../support/eventually.ts';
import { processNamed } from '../support/product-processes.ts';
import { plugin } from '../support/run-plugin.ts';
import { writeUserKubeconfig } from '../support/user-kubeconfig.ts';

let directory: string;
let stack: Stack;
let memberPlane: ControlPlane;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-imported-'));
  [stack, memberPlane] = await Promise.all([
    startStack({
      directory: path.join(directory, 'hub'),
      processes: [AUTHORIZER, CLUSTER_CONTROLLER, processNamed(PROCESS_NAMES.policy)],
    }),
    startControlPlane({ directory: path.join(directory, 'member') }),
  ]);
});
after(async () => {
  await memberPlane?.stop();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const inMember = (args: readonly string[]): Promise<string> => kubectlIn(memberPlane, args);

/** Returns a token of a ServiceAccount of the member cluster, which is created if necessary. */
async function tokenOf(account: string): Promise<string> {
  await memberPlane.kubectl(['create', 'serviceaccount', account]);
  return (await inMember(['create', 'token', account, '--duration=1h'])).trim();
}

async function secret(name: string, data: Readonly<Record<string, string>>): Promise<void> {
  const stringData = { 'ca.crt': memberPlane.caCert, ...data };
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

async function declare(name: string, server = memberPlane.url): Promise<void> {
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

/** Returns the same token with all times moved by `seconds`, signed with the member cluster's own key. */
async function withTimes(token: string, seconds: number): Promise<string> {
  const [header = '', payload = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, number>;
  const { exp = 0, iat = 0, nbf = 0 } = claims;
  const moved = Buffer.from(
    JSON.stringify({ ...claims, exp: exp + seconds, iat: iat + seconds, nbf: nbf + seconds }),
  ).toString('base64url');
  const key = createPrivateKey(await readFile(path.join(memberPlane.directory, 'service-account.key'), 'utf8'));
  const signature = sign('sha256', Buffer.from(`${header}.${moved}`), key);
  return `${header}.${moved}.${signature.toString('base64url')}`;
}

describe('a cluster that cannot be imported', () => {
  test('because its token has expired reports Unauthorized, and is imported with a new token', async () => {
    const token = await tokenOf('expiring');
    await secret('expired', { token: await withTimes(token, -7_200) });
    await declare('expired');
    await untilReadyReason(stack, 'expired', 'Unauthorized');
    // Signed in the same way, with valid times: only the times were wrong before.
    await secret('expired', { token: await withTimes(token, 0) });
    await untilClusterReady(stack, 'expired');
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'expired']);
  });

  test('because the CA is wrong reports CertificateUntrusted, and is imported with the right CA', async () => {
    const token = await tokenOf('trusting');
    await secret('wrong-ca', { 'ca.crt': (await createAuthority('another')).cert, token });
    await declare('wrong-ca');
    await untilReadyReason(stack, 'wrong-ca', 'CertificateUntrusted');
    await secret('wrong-ca', { token });
    await untilClusterReady(stack, 'wrong-ca');
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'wrong-ca']);
  });

  test('because nothing listens at its address reports ConnectionRefused', async () => {
    await secret('nowhere', { token: await tokenOf('reaching') });
    await declare('nowhere', 'https://127.0.0.1:1');
    await untilReadyReason(stack, 'nowhere', 'ConnectionRefused');
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'nowhere']);
  });
});

/** Returns every object of every kind that can be listed, except kinds that the cluster itself updates all the time. */
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

  test('needs only a credential that can read', async () => {
    await inMember(['create', 'clusterrolebinding', 'reader', '--clusterrole=view', '--serviceaccount=default:reader']);
    await secret('mine', { token: await tokenOf('reader') });
    untouched = await eventually('the member cluster has stopped changing', async () => {
      const [one, two] = [await everything(), await everything()];
      return one.join() === two.join() && one;
    });
    assert.ok(untouched.length > 100, `${untouched.length} objects`);
    await declare('mine');
    const { status } = await untilClusterReady(stack, 'mine');
    assert.match(status?.version ?? '', /^v1\./);
  });

  test('cannot be imported again under another name, with another address and credential', async () => {
    const { cert, key } = await memberPlane.authority.issue({
      commonName: 'other',
      organizations: ['system:masters'],
      usages: ['client'],
    });
    await secret('again', { 'tls.crt': cert, 'tls.key': key });
    await declare('again', memberPlane.url.replace('127.0.0.1', 'localhost'));
    assert.match(await untilReadyReason(stack, 'again', 'AlreadyImported'), / Cluster mine /);
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'again']);
  });

  test('issues no credentials, and get-credentials says how users get theirs', async () => {
    const { code, output } = await plugin(stack.controlPlane.kubeconfig, 'get-credentials', 'mine');
    assert.equal(code, 2);
    assert.match(output, /does not hold the key[^\n]*\nThe cluster was imported/);
  });

  test('has the same objects after it was detached as before its import', async () => {
    const { code, output } = await plugin(stack.controlPlane.kubeconfig, 'detach-cluster', 'mine', '--wait');
    assert.equal(code, 0, output);
    assert.deepEqual(await everything(), untouched);
  });

  test('needs no permissions at all, but says what is missing without them', async () => {
    await secret('blind', { token: await tokenOf('nobody') });
    await declare('blind');
    await untilClusterReady(stack, 'blind');
    assert.match(conditionOf(await clusterOf(stack, 'blind'), 'Identified'), /importing it twice would go unnoticed/);
    await stack.kubectl(['delete', 'clusters.platform.tkestack.io', 'blind']);
  });
});

test('a cluster decides by the policies of the hub with the files of authorization-files', async () => {
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
    await kubectlIn(asking, ['create', 'namespace', 'team']);
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
      'dora may list configmaps in her namespace',
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
