/**
 * Every certificate that the processes use or trust is replaced while they run, in the usual order: trust the new one,
 * use it, stop trusting the old one. No process restarts, every request is answered, and no change is missed.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { type Policy, policies } from '../../api/auth/policy.ts';
import { HUB, INSTALLATION_NAMESPACE, PROCESS_NAMES, WEBHOOK_PATH } from '../../api/installation.ts';
import { webhookKubeconfig } from '../../clusters/connections/authorization-files.ts';
import { type Authority, createAuthority } from '../../clusters/controlplane/certificates.ts';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';
import { type RunningProcess, type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { AUTHORIZER } from '../../processes/processes.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { askServer, Prober } from '../support/decision-prober.ts';
import { eventually } from '../support/eventually.ts';
import { issueHubCertificate } from '../support/hub-certificate.ts';
import { processNamed } from '../support/product-processes.ts';
import { revisionOf, untilSettled } from '../support/until-settled.ts';
import { askWebhook } from '../support/webhook-client.ts';

const PROCESSES = [processNamed(PROCESS_NAMES.policy), AUTHORIZER];
/** Longer than the interval at which a process reads its kubeconfig again. */
const VALID_FOR_S = 45;
const ASKED = {
  user: 'ann',
  groups: ['tenant:acme'],
  resourceAttributes: { verb: 'get', version: 'v1', resource: 'pods', namespace: 'dev', name: 'web' },
};

let directory: string;
let stack: Stack;
let client: Client;
let running: RunningProcess[];
let firstExpiresAt: number;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-rotation-'));
  stack = await startStack({ directory, processes: [] });
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
  firstExpiresAt = Date.now() + VALID_FOR_S * 1_000;
  for (const product of PROCESSES) {
    await issueTo(product.access.name, VALID_FOR_S);
    await stack.start(product, [`--kubeconfig=${kubeconfigOf(product.access.name)}`]);
  }
  running = [...stack.processes.values()];
  await Promise.all(running.map((each) => untilReady(each)));
  await change();
});
after(async () => {
  await client?.close();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const kubeconfigOf = (name: string): string => path.join(directory, `${name}-certificate.kubeconfig`);

/** Gives a process a client certificate with the name of its ServiceAccount. */
async function issueTo(name: string, seconds: number): Promise<void> {
  const { authority, url, caCert } = stack.controlPlane;
  const commonName = `system:serviceaccount:${INSTALLATION_NAMESPACE}:${name}`;
  const certificate = await authority.issue({ commonName, usages: ['client'], days: seconds / 86_400 });
  await replace(kubeconfigOf(name), kubeconfigText(url, caCert, certificate));
}

/** Replaces a file atomically, as a mounted Secret changes. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

let made = 0;

/** Creates a policy and changes another one. The decision for ASKED stays the same. */
async function change(): Promise<void> {
  const policy = (name: string, action: string): Policy =>
    ({
      apiVersion: 'auth.tkestack.io/v1',
      kind: 'Policy',
      metadata: { name },
      spec: {
        tenantID: 'acme',
        statement: { actions: ['getPod', action], resources: ['*'], effect: 'allow' },
        users: [{ id: 'ann' }],
      },
    }) as Policy;
  const nth = made++;
  await client.create(policies, policy(`pol-${nth}`, 'listPods'));
  if (nth > 1)
    await client.patch(
      policies,
      { name: `pol-${nth - 1}` },
      { type: 'merge', body: { spec: policy('', `doRound${nth}`).spec } },
    );
}

async function untilNothingMissed(): Promise<void> {
  await untilSettled(client, () => revisionOf(stack));
  assert.deepEqual(
    running.map(({ child }) => child.running()),
    [true, true],
  );
}

async function refusals(process: RunningProcess): Promise<string[]> {
  const text = await (await fetch(`${process.health}/metrics`)).text();
  return [...text.matchAll(/^rest_client_requests_total\{.*code="40[13]"\} .*$/gm)].map(([line]) => line);
}

describe('while the processes run,', () => {
  test('the client certificates in their kubeconfigs are replaced before they expire, and no request is refused', async () => {
    const expiring = PROCESSES.map(({ access }) => loadKubeConfig(kubeconfigOf(access.name)));
    const clients = expiring.map((config) => createClient(() => config, { fieldManager: 'test' }));
    for (const { access } of PROCESSES) await issueTo(access.name, 3_600);
    await change();
    await sleep(firstExpiresAt - Date.now() + 1_500);
    for (const old of clients) await assert.rejects(old.list(policies), { status: 401 });
    await Promise.all(clients.map((old) => old.close()));
    await change();
    await untilNothingMissed();
    assert.deepEqual((await Promise.all(running.map(refusals))).flat(), []);
  });

  test("the authorizer's certificate and the CA of its clients are replaced, and every request is answered", async (context) => {
    await untilNothingMissed();
    const next = await createAuthority('steward-authorizer-ca-2');
    const { webhook } = stack;
    const both = `${webhook.authority.cert}\n${next.cert}\n`;
    const prober = new Prober({ 'kube-apiserver': () => askServer(client, ASKED) });
    // Also after a failure: a prober that is not stopped would run indefinitely.
    context.after(() => prober.stop());
    await sleep(1_000);

    await replace(webhook.caFile, both);
    await untilTrusted(next);
    await reloadWebhook(next, both);
    await change();
    await replaceServing(next);
    await change();
    await replace(webhook.caFile, next.cert);
    await eventually(
      'a certificate of the old CA is refused',
      async () => (await askedBy(webhook.authority)) === undefined,
    );
    await change();
    await sleep(2_000);
    await prober.stop();

    const odd = prober.probes.filter(({ answer }) => answer !== 'allow');
    assert.ok(prober.probes.length > 200, `${prober.probes.length} requests`);
    assert.deepEqual(odd, []);
    await untilSettled(client, async () => (await askedBy(next))?.revision);
    assert.deepEqual(
      running.map(({ child }) => child.running()),
      [true, true],
    );
  });
});

/** Sends a request with a certificate of `authority`. Returns undefined if the authorizer refuses the connection. */
async function askedBy(authority: Authority): Promise<Awaited<ReturnType<typeof askWebhook>> | undefined> {
  const certificate = await issueHubCertificate(authority);
  const ca = { ...stack.webhook.authority, cert: serverCa };
  const body = JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: ASKED });
  return askWebhook({ ...stack, webhook: { ...stack.webhook, authority: ca } }, { certificate, body }).catch(
    () => undefined,
  );
}

/** The CAs that may have issued the authorizer's own certificate, as PEM. */
let serverCa = '';

async function untilTrusted(next: Authority): Promise<void> {
  serverCa = `${stack.webhook.authority.cert}\n${next.cert}\n`;
  await eventually('a certificate of the new CA is accepted', async () => (await askedBy(next))?.status === 200);
}

/** Gives the kube-apiserver a client certificate of `next`, and makes it trust `ca`. */
async function reloadWebhook(next: Authority, ca: string): Promise<void> {
  const credential = await issueHubCertificate(next);
  const { kubeconfig, authorizationConfig } = stack.webhook;
  const before = await reloads();
  await replace(
    `${kubeconfig}.next`,
    webhookKubeconfig({
      server: `https://127.0.0.1:${stack.webhookPort}${WEBHOOK_PATH}`,
      ca,
      cluster: HUB,
      credential,
    }),
  );
  // It reads the kubeconfig again only when the configuration changes.
  await replace(
    authorizationConfig,
    (await readFile(authorizationConfig, 'utf8')).replace(kubeconfig, `${kubeconfig}.next`),
  );
  await eventually('the kube-apiserver has reloaded its configuration', async () => (await reloads()) > before, 90_000);
}

async function reloads(): Promise<number> {
  const metrics = await stack.kubectl(['get', '--raw', '/metrics']);
  return [
    ...metrics.matchAll(
      /^apiserver_authorization_config_controller_automatic_reloads_total\{.*status="success".*\} (\d+)$/gm,
    ),
  ].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function replaceServing(next: Authority): Promise<void> {
  const { cert, key } = await next.issue({
    commonName: 'renewed',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server'],
  });
  await replace(stack.webhook.certFile, cert);
  await replace(stack.webhook.keyFile, key);
  await eventually('the new certificate is served', async () => (await servedName()) === 'renewed');
}

async function servedName(): Promise<unknown> {
  const socket = connect({ host: '127.0.0.1', port: stack.webhookPort, ca: serverCa });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return CN;
}
