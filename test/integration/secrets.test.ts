/**
 * No secret leaves the place where it belongs. A full round of work runs at the most verbose log level, with failing
 * authentication and damaged files. After that no log, metric, event or status contains a token, a key or a part of
 * one, and every file with a secret is readable only by its owner.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { WEBHOOK_PATH } from '../../api/installation.ts';
import { askQuestion, discoverGroups, readQuestions } from '../../hack/local/questions.ts';
import { applySamples, READY_KINDS, SAMPLES } from '../../hack/local/samples.ts';
import { type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { AUTHORIZER, PROCESSES, type ProductProcess } from '../../processes/processes.ts';
import { eventually } from '../support/eventually.ts';
import { issueHubCertificate } from '../support/hub-certificate.ts';
import { holdsSecret, leaksIn, secretsIn } from '../support/secret-leaks.ts';

const DEBUG = '--log-level=debug';
/** Returns a text as long as a token that no one uses. */
const madeUp = (): string => `${randomUUID()}.${randomUUID()}`.replaceAll('-', '');
const [FOR_WEBHOOK, FOR_QUERY, FOR_BODY, FOR_HEALTH, FOR_API_SERVER, WRONG] = [
  madeUp(),
  madeUp(),
  madeUp(),
  madeUp(),
  madeUp(),
  madeUp(),
] as const;
/** As short as a bootstrap token, so that no message truncates it. */
const SHORT = madeUp().slice(0, 22);

let directory: string;
let stack: Stack;
const secrets = new Set<string>([FOR_WEBHOOK, FOR_QUERY, FOR_BODY, FOR_HEALTH, FOR_API_SERVER, WRONG, SHORT]);

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-secrets-'));
  stack = await startStack({ directory, processes: [] });
  await Promise.all(PROCESSES.map(async (product) => untilReady(await stack.start(product, [DEBUG]))));
  for (const authority of [stack.webhook.authority, stack.controlPlane.authority])
    secretsIn(authority.key).forEach((each) => secrets.add(each));
  await noteSecrets();
  await fullRound();
  await noteSecrets();
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Returns every file below the directory, except etcd's database. */
async function files(): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/etcd'))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

async function noteSecrets(): Promise<void> {
  for (const file of await files())
    if (!file.endsWith('.log')) secretsIn(await readFile(file, 'utf8')).forEach((each) => secrets.add(each));
}

async function fullRound(): Promise<void> {
  await applySamples(stack);
  const groupOf = await discoverGroups(stack.controlPlane);
  for (const question of (await readQuestions(path.join(SAMPLES, 'questions.yaml'))).slice(0, 3))
    await askQuestion(stack.controlPlane, question, groupOf);
  await requestsWithSecrets();
  await Promise.all([brokenKey(), wrongToken().then(brokenKubeconfig)]);
  await stack.kubectl(['delete', 'grants', '--all', '--timeout=60s']);
}

/** Sends requests with credentials that no log may contain to every server. */
async function requestsWithSecrets(): Promise<void> {
  const { webhook, webhookPort, controlPlane } = stack;
  const client = await issueHubCertificate(webhook.authority);
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
  const asked = {
    host: '127.0.0.1',
    port: webhookPort,
    method: 'POST',
    ca: webhook.authority.cert,
    agent: false,
    ...client,
  };
  assert.equal(
    await send(
      { ...asked, path: `${WEBHOOK_PATH}?token=${FOR_QUERY}`, headers: bearer(FOR_WEBHOOK) },
      `{"kind":"SubjectAccessReview","token":"${FOR_BODY}`,
    ),
    400,
  );
  for (const { health } of stack.processes.values())
    await fetch(`${health}/${FOR_QUERY}?token=${FOR_QUERY}`, { headers: bearer(FOR_HEALTH) });
  const { hostname, port } = new URL(controlPlane.url);
  assert.equal(
    await send({
      host: hostname,
      port,
      path: '/apis',
      ca: controlPlane.caCert,
      agent: false,
      headers: bearer(FOR_API_SERVER),
    }),
    401,
  );
}

function send(options: RequestOptions, body = ''): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end(body);
  });
}

/** Truncates the authorizer's key, as an interrupted copy would. */
async function brokenKey(): Promise<void> {
  const { keyFile } = stack.webhook;
  const key = await readFile(keyFile, 'utf8');
  await writeFile(keyFile, key.slice(0, key.length / 2));
  await logged(AUTHORIZER, 'failed to reload certificates');
  await writeFile(keyFile, key);
}

const [victim = AUTHORIZER] = PROCESSES;

/** Runs a controller with a token that the API server does not know. */
async function wrongToken(): Promise<void> {
  const kubeconfig = path.join(directory, 'wrong.kubeconfig');
  const right = await readFile(path.join(directory, `${victim.access.name}.kubeconfig`), 'utf8');
  await writeFile(kubeconfig, right.replace(/token: .*/, `token: ${WRONG}`), { mode: 0o600 });
  await restart(`--kubeconfig=${kubeconfig}`);
  await logged(victim, 'Unauthorized');
}

/**
 * Runs a controller whose kubeconfig is damaged next to the token: a parser's message might show the surrounding lines.
 */
async function brokenKubeconfig(): Promise<void> {
  const kubeconfig = path.join(directory, 'broken.kubeconfig');
  const right = await readFile(path.join(directory, `${victim.access.name}.kubeconfig`), 'utf8');
  await writeFile(kubeconfig, right.replace(/token: .*/, `token: ${SHORT}\n   damaged`), { mode: 0o600 });
  await restart(`--kubeconfig=${kubeconfig}`);
  await logged(victim, 'cannot read the kubeconfig');
  await restart();
}

async function restart(...args: string[]): Promise<void> {
  await stack.processes.get(victim.access.name)?.child.stop();
  await stack.start(victim, [...args, DEBUG]);
}

async function logged({ access }: ProductProcess, text: string): Promise<void> {
  const { logFile = '' } = stack.processes.get(access.name) ?? {};
  await eventually(`the log of ${access.name} contains "${text}"`, async () =>
    (await readFile(logFile, 'utf8')).includes(text),
  );
}

describe('no secret', () => {
  test('is missing from the search: it covers the tokens of all processes and the keys of all certificates', async () => {
    const known = [...secrets].join('\n');
    for (const { access } of PROCESSES) {
      const token =
        /token: (\S+)/.exec(await readFile(path.join(directory, `${access.name}.kubeconfig`), 'utf8'))?.[1] ?? 'none';
      assert.ok(known.includes(token), access.name);
    }
    // The keys of three CAs and servers, of two administrators and of the webhook's client, and the tokens.
    assert.ok(secrets.size > 20, String(secrets.size));
  });
  test('appears in a log', async () => {
    const logs = (await files()).filter((file) => file.endsWith('.log'));
    assert.equal(logs.length, PROCESSES.length + 3);
    for (const log of logs) assert.deepEqual(leaksIn(await readFile(log, 'utf8'), secrets), [], path.basename(log));
  });
  test('appears in the metrics', async () => {
    for (const running of stack.processes.values()) {
      await untilReady(running);
      const text = await (await fetch(`${running.health}/metrics`)).text();
      assert.match(text, /^process_cpu_seconds_total /m);
      assert.deepEqual(leaksIn(text, secrets), [], running.product.access.name);
    }
  });
  test('appears in an event or in the status of an object', async () => {
    const events = await stack.kubectl(['get', 'events.events.k8s.io', '-A', '-o', 'json']);
    assert.match(events, /steward-/);
    assert.deepEqual(leaksIn(events, secrets), []);
    assert.deepEqual(leaksIn(await stack.kubectl(['get', READY_KINDS, '-o', 'json']), secrets), []);
  });
});

describe('a file with a private key or a token', () => {
  test('is readable only by its owner, and so is its folder', async () => {
    const open: string[] = [];
    let found = 0;
    for (const file of await files()) {
      if (!holdsSecret(await readFile(file, 'utf8'))) continue;
      found += 1;
      for (const [place, allowed] of [
        [file, 0o600],
        [path.dirname(file), 0o700],
      ] as const) {
        const mode = (await stat(place)).mode & 0o777;
        if ((mode & ~allowed) !== 0) open.push(`${path.relative(directory, place)} ${mode.toString(8)}`);
      }
    }
    assert.ok(found >= PROCESSES.length + 6, String(found));
    assert.deepEqual([...new Set(open)], []);
  });
});

test('the API server accepts the network policies', async () => {
  const output = await stack.kubectl(['apply', '--dry-run=server', '-k', path.join(SAMPLES, '../network-policies')]);
  assert.equal(output.match(/networkpolicy\S+ created/g)?.length, 3);
});
