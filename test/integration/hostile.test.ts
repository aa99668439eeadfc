/**
 * Hostile peers of the authorizer process, over real sockets, while honest requests are sent: each of these must be
 * answered, and the process must survive. Also hostile manifests for the admission of a real kube-apiserver: every
 * manifest that it accepts must translate, and only within its own tenant.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { dump } from 'js-yaml';
import * as z from 'zod';
import { PROCESS_NAMES } from '../../api/installation.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Kind } from '../../api/schema/define-kind.ts';
import { decide } from '../../authorization/engine/decide.ts';
import type { RuleObject } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import { MAX_BODY_BYTES } from '../../authorization/webhook/webhook.ts';
import { type Stack, startStack } from '../../hack/local/stack.ts';
import { AUTHORIZER } from '../../processes/processes.ts';
import { ask, drip, exchange, Honest, openTcp, openTls, stillOpen, type Target } from '../hostile/attacks.ts';
import { hostileManifests } from '../hostile/manifests.ts';
import { eventually } from '../support/eventually.ts';
import { issueHubCertificate } from '../support/hub-certificate.ts';
import { worldOf } from '../support/manifest-world.ts';
import { processNamed } from '../support/product-processes.ts';
import { g, indexOf, p } from '../support/rule-lines.ts';
import { reviewBody } from '../support/webhook-client.ts';

const POLICY_CONTROLLER = processNamed(PROCESS_NAMES.policy);

let directory: string;
let stack: Stack;
let target: Target;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-hostile-'));
  stack = await startStack({ directory, processes: [POLICY_CONTROLLER, AUTHORIZER] });
  const client = await issueHubCertificate(stack.webhook.authority);
  target = { port: stack.webhookPort, ca: stack.webhook.authority.cert, client };
  await stack.kubectl(['apply', '-f', '-'], dump(POLICY));
  await eventually('the policy is in force', async () => (await ask(target, QUESTION)).text.includes('"allowed":true'));
});
after(async () => {
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

const POLICY = {
  apiVersion: 'auth.tkestack.io/v1',
  kind: 'Policy',
  metadata: { name: 'pol-web' },
  spec: {
    tenantID: 'acme',
    statement: { actions: ['getPod'], resources: ['namespace:dev/pod:web*'], effect: 'allow' },
    users: [{ id: 'ann' }],
  },
};
const questionAbout = (name: string): string =>
  reviewBody({
    user: 'ann',
    groups: ['tenant:acme'],
    resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'dev', name },
  });
const QUESTION = questionAbout('web');

/** Sends honest requests while `attack` runs. Every one must be answered with an allow. */
async function whileAsking(t: TestContext, attack: () => Promise<void>): Promise<void> {
  const honest = new Honest(target, QUESTION);
  try {
    await attack();
  } finally {
    await honest.stop();
  }
  const wrong = honest.replies.filter(
    ({ reply }) => reply instanceof Error || reply.status !== 200 || !reply.text.includes('"allowed":true'),
  );
  assert.deepEqual(wrong.slice(0, 3), []);
  assert.ok(honest.replies.length > 0, 'no request was sent');
  assert.ok(stack.processes.get(PROCESS_NAMES.authorizer)?.child.running());
  const times = honest.replies.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  t.diagnostic(
    `${times.length} honest requests answered; median ${times[times.length >> 1]?.toFixed(0)} ms, slowest ${times.at(-1)?.toFixed(0)} ms; ${await memory()}`,
  );
}

async function memory(): Promise<string> {
  const status = await readFile(
    `/proc/${stack.processes.get(PROCESS_NAMES.authorizer)?.child.pid}/status`,
    'utf8',
  ).catch(() => '');
  return `memory ${/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? '?'} kB`;
}

describe('slow peers, ten thousand of them silent,', () => {
  const HEAD = `POST /auth/authz HTTP/1.1\r\nhost: webhook\r\ncontent-type: application/json\r\ncontent-length: ${QUESTION.length}\r\n\r\n`;

  test('are all disconnected, and honest requests are answered all the time', async (t) => {
    await whileAsking(t, async () => {
      const silent = await openTcp(target.port, 10_000);
      await eventually('most silent connections are closed', () => Promise.resolve(stillOpen(silent) <= 1_100));
      const slow = await openTls(target, 300);
      assert.equal(stillOpen(slow), 300, 'connections with a finished handshake are not closed to make room');
      for (const socket of slow) socket.resume();
      const [heads, bodies] = [slow.slice(0, 100), slow.slice(100, 200)];
      for (const socket of heads) void drip(socket, `${HEAD.slice(0, -2)}${'x-more: 1\r\n'.repeat(1_000)}`, 300);
      for (const socket of bodies) {
        socket.write(HEAD);
        void drip(socket, QUESTION, 300);
      }
      await eventually(
        'connections that drip, send nothing or never start a handshake are closed',
        () => Promise.resolve(stillOpen(slow) + stillOpen(silent) === 0),
        30_000,
      );
    });
  });
});

describe('the authorizer survives', () => {
  const post = (length: number | string, ...headers: string[]): string =>
    ['POST /auth/authz HTTP/1.1', 'host: webhook', `content-length: ${length}`, ...headers, '', ''].join('\r\n');
  /** What is sent after the handshake, with the certificate of a cluster, and the allowed statuses of the answer. */
  const SENT: Record<string, { bytes: string | Buffer; statuses: number[] }> = {
    'headers of 64 kB': { bytes: post(0, `x-large: ${'a'.repeat(65_536)}`), statuses: [431] },
    'ten thousand headers': {
      bytes: post(0, ...Array.from({ length: 10_000 }, (_, i) => `x-${i}: 1`)),
      statuses: [431],
    },
    'a path of 64 kB': { bytes: `POST /${'a'.repeat(65_536)} HTTP/1.1\r\n\r\n`, statuses: [431] },
    'bytes that are not HTTP': { bytes: '\0\x01\x02 this is not HTTP\r\n\r\n', statuses: [400] },
    'the preface of HTTP/2': { bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', statuses: [400, 505] },
    'two Content-Length headers': { bytes: `${post(1, 'content-length: 5')}hello`, statuses: [400] },
    'a Content-Length and chunks, as in request smuggling': {
      bytes: `${post(5, 'transfer-encoding: chunked')}0\r\n\r\nX`,
      statuses: [400],
    },
    'an invalid Content-Length': { bytes: post('-1'), statuses: [400] },
    'a chunk size that overflows': {
      bytes: 'POST /auth/authz HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n',
      statuses: [400],
    },
    'a header with a carriage return in it': { bytes: post(0, 'x: a\rb'), statuses: [400] },
    'a CONNECT request': { bytes: 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: 127.0.0.1:22\r\n\r\n', statuses: [] },
    'an upgrade request': { bytes: `${post(2, 'connection: upgrade', 'upgrade: websocket')}{}`, statuses: [400] },
    'a name with a byte that is not UTF-8': {
      bytes: Buffer.from(
        `${post(questionAbout('webX').length)}${questionAbout('webX').replace('webX', 'web\xff')}`,
        'latin1',
      ),
      statuses: [400],
    },
    'a body with a Content-Length of 1 TB': {
      bytes: `${post(1e12)}${'a'.repeat(MAX_BODY_BYTES + 1)}`,
      statuses: [413],
    },
  };
  for (const [name, { bytes, statuses }] of Object.entries(SENT)) {
    test(name, async () => {
      const [socket] = await openTls(target, 1);
      assert.ok(socket);
      const reply = await exchange(socket, bytes, (text) => text.includes('\r\n\r\n'));
      const status = /^HTTP\/1\.1 (\d+)/.exec(reply)?.[1];
      assert.deepEqual(
        statuses.length === 0 ? status : statuses.includes(Number(status)),
        statuses.length === 0 ? undefined : true,
        reply.slice(0, 200),
      );
      assert.equal((await ask(target, QUESTION)).status, 200);
    });
  }

  test('garbage instead of a handshake, plain HTTP, and aborted handshakes', async (t) => {
    await whileAsking(t, async () => {
      const garbage = [
        Buffer.alloc(70_000, 0xff),
        'GET / HTTP/1.1\r\n\r\n',
        Buffer.from('160301ffff010000fc0303', 'hex'),
        Buffer.from('1503010002022a', 'hex'),
        Buffer.alloc(0),
      ];
      for (let round = 0; round < 3; round++) {
        const sockets = await openTcp(target.port, 300);
        await Promise.all(
          sockets.map(async (socket, i) => {
            // Some close in the middle of the handshake, and some at once.
            if (i % 5 === 2) setTimeout(() => socket.destroy(), 100);
            if (i % 5 === 4) socket.destroy();
            else await exchange(socket, garbage[i % 5] ?? '');
          }),
        );
      }
    });
  });

  for (const [count, atLeast] of [
    [20, 20],
    [2_000, 1],
  ] as const) {
    // Node closes a connection with too many unanswered requests; a kube-apiserver never pipelines.
    test(`${count} pipelined requests on one connection, with answers in order${atLeast === count ? '' : ' until it is closed'}`, async () => {
      const [socket] = await openTls(target, 1);
      assert.ok(socket);
      const names = Array.from({ length: count }, (_, i) => `${i % 3 === 0 ? 'no' : 'web'}-${i}`);
      const sent = names.map((name) => `${post(questionAbout(name).length)}${questionAbout(name)}`).join('');
      const text = await exchange(
        socket,
        sent,
        (all) => all.split('HTTP/1.1 200').length > count && all.endsWith('}}'),
      );
      const answers = [...text.matchAll(/"allowed":(true|false),"reason":"[^"]*?\/pod:([a-z]+-\d+)/g)];
      assert.ok(answers.length >= atLeast, text.slice(0, 200));
      const expected = names.slice(0, answers.length).map((name) => `${name} ${name.startsWith('web')}`);
      assert.deepEqual(
        answers.map(([, allowed, name]) => `${name} ${allowed}`),
        expected,
      );
    });
  }

  test('a peer that sends and never reads', async (t) => {
    await whileAsking(t, async () => {
      const sockets = await openTls(target, 5);
      for (const socket of sockets) {
        socket.pause();
        socket.write(`${post(QUESTION.length)}${QUESTION}`.repeat(5_000));
      }
      const agent = new Agent({ keepAlive: true, maxSockets: 20 });
      await Promise.all(
        Array.from({ length: 200 }, () =>
          ask(target, 'x'.repeat(MAX_BODY_BYTES + 1), { agent }).catch(() => undefined),
        ),
      );
      agent.destroy();
      for (const socket of sockets) socket.destroy();
    });
  });
});

test('none of these attacks caused an error in the log', async () => {
  const log = await readFile(stack.processes.get(PROCESS_NAMES.authorizer)?.logFile ?? '', 'utf8');
  assert.deepEqual(
    log.split('\n').filter((line) => line.includes('"level":"error"')),
    [],
  );
});

const failed = z.object({ kind: z.literal('Status'), reason: z.string().optional(), message: z.string().min(1) });

describe('a manifest', () => {
  let agent: Agent;
  before(async () => {
    const admin = await stack.controlPlane.authority.issue({
      commonName: 'admin',
      organizations: ['system:masters'],
      usages: ['client'],
    });
    agent = new Agent({ ...admin, ca: stack.controlPlane.caCert, keepAlive: true, maxSockets: 8 });
  });
  after(() => agent.destroy());

  test('with hostile values in any field of any kind is rejected with a reason, or translates within its tenant', async (t) => {
    const seed = Date.now();
    const counts = { accepted: 0, refused: 0 };
    await Promise.all(
      hostileManifests(100, seed).map(async ({ kind, manifest }) => {
        const { status, text } = await create(kind, manifest, agent);
        const context = `seed ${seed}: ${JSON.stringify(manifest).slice(0, 500)}: ${status} ${text.slice(0, 500)}`;
        if (status === 201) {
          counts.accepted += 1;
          staysWithinItsTenant(kind, JSON.parse(text) as KubeObject, context);
        } else {
          counts.refused += 1;
          assert.ok(status >= 400 && status < 500 && failed.safeParse(JSON.parse(text)).success, context);
        }
      }),
    );
    t.diagnostic(`${counts.accepted} accepted, ${counts.refused} refused`);
    assert.ok(counts.accepted > 5 && counts.refused > 5);
  });
});

/** The objects that acme's objects refer to. */
const REFERRED: readonly KubeObject[] = [
  { ...POLICY, metadata: { name: 'pol-1' } },
  {
    apiVersion: 'auth.tkestack.io/v1',
    kind: 'Role',
    metadata: { name: 'rol-1' },
    spec: { tenantID: 'acme' },
  } as KubeObject,
  {
    apiVersion: 'business.tkestack.io/v1',
    kind: 'Project',
    metadata: { name: 'prj-1' },
    spec: { tenantID: 'acme' },
  } as KubeObject,
];

const REFERRED_NAMES = ['pol-1', 'rol-1'];

function staysWithinItsTenant(kind: Kind, object: KubeObject, context: string): void {
  if (isListForTime(object)) return;
  const own = parsed(kind, object, context);
  if (kind.kind === 'Rule') {
    assert.equal(trustRule(own as RuleObject).honoured, false, context);
    return;
  }
  const { metadata, spec } = own as KubeObject & { readonly spec: { readonly tenantID: string } };
  const ownNames = [metadata.name, `role##${metadata.name}`, `policy##${metadata.name}`];
  const rules = worldOf([own, ...REFERRED], 0).rules.filter(
    ({ metadata: { ownerReferences } }) => ownerReferences?.[0]?.name === metadata.name,
  );
  for (const { spec: line } of rules) {
    for (const name of line.ptype === 'g' ? [line.v0, line.v1] : [line.v0]) {
      const [, subject] =
        ['user', 'group'].map((what) => name.split(`${spec.tenantID}##${what}##`)).find(([first]) => first === '') ??
        [];
      const isReferred = REFERRED_NAMES.includes(name) && spec.tenantID === 'acme';
      const isOwn = subject === undefined ? ownNames.includes(name) || isReferred : !/##|[\n\r,]/.test(subject);
      assert.ok(isOwn, `${name}: ${context}`);
    }
  }
}

/**
 * Whether notAfter is a list, which a kube-apiserver accepts where a string with a format is required. Asserts that
 * such an end does not count as "no end": an end that cannot be parsed has passed.
 */
function isListForTime(object: KubeObject): boolean {
  const { notAfter } = (object as KubeObject & { readonly spec: { readonly notAfter?: unknown } }).spec;
  if (!Array.isArray(notAfter)) return false;
  const index = indexOf([g('acme##user##bob', 'pol-1', '*', notAfter as unknown as string), p('pol-1', '*', '*')]);
  const request = { subjects: ['acme##user##bob'], domain: '', object: 'a', action: 'b' };
  assert.equal(decide(index, request, Date.parse('9999-12-31T23:59:59Z')).verdict, 'none', JSON.stringify(notAfter));
  return true;
}

/**
 * Parses the object as the controllers do. An accepted object must match the schema from which the CRD was generated.
 */
function parsed(kind: Kind, object: KubeObject, context: string): KubeObject {
  try {
    return kind.parse(object);
  } catch (error) {
    throw new Error(context, { cause: error });
  }
}

function create(
  { group, version, plural, namespaced }: Kind,
  manifest: object,
  agent: Agent,
): Promise<{ status: number; text: string }> {
  const url = `${stack.controlPlane.url}/apis/${group}/${version}/${namespaced ? 'namespaces/default/' : ''}${plural}?dryRun=All&fieldValidation=Strict`;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(manifest));
  });
}
