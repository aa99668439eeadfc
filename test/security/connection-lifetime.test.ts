/**
 * TLS checks a certificate only when a connection opens. A client whose certificate has expired, or whose CA was
 * replaced, could go on as long as it keeps its connection busy. So the webhook closes connections, after the answer
 * that is due. These tests use real sockets.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { WEBHOOK_PATH } from '../../api/installation.ts';
import type { RunningServer } from '../../authorization/webhook/server.ts';
import { type Authority, createAuthority, type IssuedCertificate } from '../../clusters/controlplane/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { issueHubCertificate } from '../support/hub-certificate.ts';
import { portOf, startWebhook } from '../support/webhook-server.ts';

const SECOND_OF_DAYS = 1 / 86_400;

const serverAuthority = await createAuthority('serving');
const serving = await serverAuthority.issue({ commonName: 'server', ipAddresses: ['127.0.0.1'], usages: ['server'] });
const [before, after] = await Promise.all(['before', 'after'].map((name) => createAuthority(name)));
assert.ok(before !== undefined && after !== undefined);

let folder: string;
let webhook: RunningServer;
const ends: (() => void)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-lifetime-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await webhook?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(maxConnectionAgeMs?: number): Promise<void> {
  const age = maxConnectionAgeMs === undefined ? {} : { maxConnectionAgeMs };
  webhook = await startWebhook({ folder, serving, clientCa: before?.cert ?? '', ...age });
}

const port = (): number => portOf(webhook);

/** Replaces the client CA file atomically, as a mounted Secret changes. */
async function trust(authority: Authority | undefined): Promise<void> {
  const file = path.join(folder, 'ca.crt');
  await writeFile(`${file}.new`, authority?.cert ?? '');
  await rename(`${file}.new`, file);
}

interface Client {
  /** Asks on its one kept connection. Returns the local port of that connection, or the error. */
  ask(): Promise<string>;
  /** How many connections it has opened. */
  opened(): number;
}

function clientWith(certificate: IssuedCertificate): Client {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: serverAuthority.cert,
    maxCachedSessions: 0,
    ...certificate,
  });
  ends.push(() => agent.destroy());
  const ports = new Set<string>();
  const ask = (): Promise<string> =>
    new Promise((resolve) => {
      let local = '';
      const sent = request(
        { host: '127.0.0.1', port: port(), path: WEBHOOK_PATH, method: 'POST', agent },
        (response) => {
          response.resume().on('end', () => resolve(local));
        },
      );
      sent.on('socket', (socket: Socket) => {
        const note = (): void => void ports.add((local = String(socket.localPort)));
        if (socket.connecting) socket.once('connect', note);
        else note();
      });
      sent.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
      sent.end('{}');
    });
  return { ask, opened: () => ports.size };
}

const isAnswer = (reply: string): boolean => /^\d+$/.test(reply);

/** Opens a connection on which nothing is sent yet. Returns when the handshake is done or the connection closed. */
async function idle(certificate: IssuedCertificate, session?: Buffer): Promise<TLSSocket> {
  const resumed = session === undefined ? {} : { session };
  const socket = connect({ host: '127.0.0.1', port: port(), ca: serverAuthority.cert, ...certificate, ...resumed });
  ends.push(() => socket.destroy());
  socket.on('error', () => {});
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  return socket;
}

describe('after the client CA was replaced', () => {
  test('a busy connection ends, and its certificate cannot open another', async () => {
    await start();
    const client = clientWith(await issueHubCertificate(before));
    assert.ok(isAnswer(await client.ask()));
    await trust(after);
    const refusal = await eventually(
      'the client is refused',
      async () => {
        const reply = await client.ask();
        return isAnswer(reply) ? false : reply;
      },
      6_000,
    );
    assert.match(refusal, /ECONNRESET|ERR_SSL|UNKNOWN_CA/);
    assert.equal(client.opened() > 1, true, 'it tried a new connection');
    for (let i = 0; i < 5; i++) assert.equal(isAnswer(await client.ask()), false);
    assert.ok(
      isAnswer(await clientWith(await issueHubCertificate(after)).ask()),
      'a certificate of the new CA is accepted',
    );
  });

  test('a client of the old CA keeps working while both CAs are trusted: it opens another connection, and no request fails', async () => {
    await start();
    const client = clientWith(await issueHubCertificate(before));
    const first = await client.ask();
    await trust({ ...before, cert: `${before.cert}\n${after.cert}\n` });
    await eventually('the client has another connection', async () => {
      const reply = await client.ask();
      assert.ok(isAnswer(reply), reply);
      return reply !== first;
    });
    assert.equal(client.opened(), 2);
  });

  test('a file without a valid certificate changes nothing', async () => {
    await start();
    const client = clientWith(await issueHubCertificate(before));
    const first = await client.ask();
    await trust({ ...before, cert: '-----BEGIN CERTIFICATE-----\nMIIB' });
    for (let i = 0; i < 25; i++) {
      assert.equal(await client.ask(), first);
      await sleep(100);
    }
  });

  test('a request in flight is answered before its connection ends', async () => {
    await start();
    const socket = await idle(await issueHubCertificate(before));
    const ended = once(socket, 'close');
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.write('POST /auth/authz HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{');
    // Long enough for the server to have read the start of the request before the CA changes.
    await sleep(100);
    await trust(after);
    const other = clientWith(await issueHubCertificate(before));
    await eventually('the new CA is in force', async () => !isAnswer(await other.ask()));
    assert.equal(text, '');
    socket.write('}');
    await ended;
    assert.match(text, /^HTTP\/1\.1 200 [^]*connection: close/i);
  });

  test('a TLS session from before is not resumed', async () => {
    await start();
    const certificate = await issueHubCertificate(before);
    const socket = await idle(certificate);
    const sessions: Buffer[] = [];
    socket.on('session', (session) => sessions.push(session));
    socket.write('POST /auth/authz HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}');
    await eventually('the server has sent a session', () => Promise.resolve(sessions.length > 0));
    const resumed = await idle(certificate, sessions[0]);
    assert.equal(resumed.isSessionReused(), true, 'before the change it is resumed');
    await trust(after);
    const other = clientWith(certificate);
    await eventually('the new CA is in force', async () => !isAnswer(await other.ask()));
    const late = await idle(certificate, sessions.at(-1));
    late.write('POST /auth/authz HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}');
    const got = await Promise.race([
      once(late, 'data').then(() => 'an answer'),
      once(late, 'close').then(() => 'nothing'),
    ]).catch(() => 'nothing');
    assert.equal(late.destroyed ? 'nothing' : got, 'nothing');
  });
});

describe('a connection', () => {
  test('ends when its certificate expires, busy or idle', async () => {
    await start();
    const certificate = await issueHubCertificate(before, 3 * SECOND_OF_DAYS);
    const endsAt = Date.now() + 3_000;
    const busy = clientWith(certificate);
    const ended = once(await idle(certificate), 'close');
    await eventually('the busy client is refused', async () => !isAnswer(await busy.ask()), 8_000);
    // Times in X.509 certificates have whole seconds.
    assert.ok(Date.now() >= endsAt - 1_000, 'it was accepted until it expired');
    await ended;
    assert.equal(isAnswer(await busy.ask()), false);
  });

  test('ends after an answer once it has reached the maximum age, and the next request uses another one', async () => {
    await start(500);
    const client = clientWith(await issueHubCertificate(before));
    for (let i = 0; i < 40; i++) {
      const reply = await client.ask();
      assert.ok(isAnswer(reply), reply);
      await sleep(40);
    }
    assert.ok(client.opened() >= 3 && client.opened() < 40, `${client.opened()} connections`);
  });
});
