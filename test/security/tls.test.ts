/**
 * The webhook and the client of the API server require TLS 1.2 or newer. These tests use real sockets. The health
 * endpoint is plain HTTP by design: it has its own port, reveals no secrets and changes nothing.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import tls, { connect, createServer, type SecureVersion, type Server } from 'node:tls';
import { WEBHOOK_PATH } from '../../api/installation.ts';
import type { RunningServer } from '../../authorization/webhook/server.ts';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { Transport } from '../../runtime/client/transport.ts';
import { eventually } from '../support/eventually.ts';
import { issueHubCertificate } from '../support/hub-certificate.ts';
import { portOf, startWebhook } from '../support/webhook-server.ts';

// As weak as Node and OpenSSL allow. By default they refuse TLS below 1.2 themselves, and would hide a missing check of
// ours.
tls.DEFAULT_MIN_VERSION = 'TLSv1';
tls.DEFAULT_CIPHERS = 'DEFAULT@SECLEVEL=0';

const authority = await createAuthority('test-ca');
const serving = await authority.issue({ commonName: 'server', ipAddresses: ['127.0.0.1'], usages: ['server'] });
const client = await issueHubCertificate(authority);

/** Connects to `port` with a client that speaks only `version`. Returns the negotiated version, or the error code. */
function agreedOn(port: number, version: SecureVersion): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(
      { host: '127.0.0.1', port, ca: authority.cert, ...client, minVersion: version, maxVersion: version },
      () => {
        resolve(socket.getProtocol() ?? '');
        socket.destroy();
      },
    );
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

/** Returns the common name in the certificate of the server at `port`. */
function shownBy(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, ...client }, () => {
      resolve([socket.getPeerCertificate().subject.CN].flat()[0]);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** Starts a server that speaks only `version` and answers every request. */
async function serverOf(version: SecureVersion): Promise<Server> {
  const server = createServer({ ...serving, minVersion: version, maxVersion: version }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok'));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOfStub = (server: Server): number => (server.address() as AddressInfo).port;

describe('the webhook', () => {
  let folder: string;
  let webhook: RunningServer;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'steward-tls-'));
    webhook = await startWebhook({ folder, serving, clientCa: authority.cert });
  });
  after(async () => {
    await webhook?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const port = (): number => portOf(webhook);

  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    test(`refuses a client that speaks ${version}`, async () => {
      assert.equal(await agreedOn(port(), version), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    });
  }
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`accepts ${version}`, async () => assert.equal(await agreedOn(port(), version), version));
  }
  test('still refuses TLS 1.1 after its certificate was replaced', async () => {
    const renewed = await authority.issue({ commonName: 'renewed', ipAddresses: ['127.0.0.1'], usages: ['server'] });
    await writeFile(path.join(folder, 'tls.crt'), renewed.cert);
    await writeFile(path.join(folder, 'tls.key'), renewed.key);
    await eventually('the new certificate is served', async () => (await shownBy(port())) === 'renewed');
    assert.equal(await agreedOn(port(), 'TLSv1.1'), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  });
  test('does not answer plain HTTP', async () => {
    await assert.rejects(fetch(`http://${webhook.address}${WEBHOOK_PATH}`));
  });
});

test('the client of these tests speaks TLS 1.1 with a server that allows it (control)', async () => {
  const server = await serverOf('TLSv1.1');
  assert.equal(await agreedOn(portOfStub(server), 'TLSv1.1'), 'TLSv1.1');
  server.close();
});

describe('the client of the API server', () => {
  /** Returns the result of `use` with a transport to a server that speaks only `version`, or the error code. */
  async function toServerOf(version: SecureVersion, use: (transport: Transport) => Promise<string>): Promise<string> {
    const server = await serverOf(version);
    const credentials = {
      server: `https://127.0.0.1:${portOfStub(server)}`,
      tls: { ca: authority.cert, rejectUnauthorized: true },
      headers: {},
    };
    const transport = new Transport(() => Promise.resolve(credentials), 'tester');
    try {
      return await use(transport);
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    } finally {
      await transport.close();
      server.close();
    }
  }
  const request = async (transport: Transport): Promise<string> =>
    (await transport.send({ method: 'GET', path: '/' })).body;
  const watch = async (transport: Transport): Promise<string> => {
    const stream = await transport.open({ method: 'GET', path: '/' }, new AbortController().signal);
    stream.close();
    return 'open';
  };

  test('sends no request to a server that speaks only TLS 1.1', async () => {
    assert.match(await toServerOf('TLSv1.1', request), /ERR_SSL_.*PROTOCOL/);
  });
  test('opens no watch on a server that speaks only TLS 1.1', async () => {
    assert.match(await toServerOf('TLSv1.1', watch), /ERR_SSL_.*PROTOCOL/);
  });
  test('accepts TLS 1.2', async () => {
    assert.equal(await toServerOf('TLSv1.2', request), 'ok');
    assert.equal(await toServerOf('TLSv1.2', watch), 'open');
  });
});
