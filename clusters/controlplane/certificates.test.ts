import 'reflect-metadata';
import assert from 'node:assert/strict';
import { createPrivateKey, webcrypto, X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';
import { type Authority, createAuthority, type IssuedCertificate, loadAuthority } from './certificates.ts';

const authority = await createAuthority('test-ca');

/** Returns what a server with that certificate learns about a client, or the error of the handshake. */
async function handshake(
  server: IssuedCertificate,
  client: IssuedCertificate,
  host: string,
  ca: Authority,
): Promise<{ CN?: unknown; O?: unknown }> {
  const listener = createServer({ ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true });
  const accepted = new Promise<TLSSocket>((resolve, reject) => {
    listener.once('secureConnection', resolve);
    listener.once('tlsClientError', reject);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as AddressInfo;
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: host === '127.0.0.1' ? '' : host,
    ca: ca.cert,
    ...client,
  });
  try {
    const failed = new Promise<never>((_, reject) => socket.once('error', reject));
    const peer = await Promise.race([accepted, failed]);
    return { ...peer.getPeerCertificate().subject };
  } finally {
    socket.destroy();
    listener.close();
  }
}

const server = await authority.issue({
  commonName: 'server',
  dnsNames: ['localhost'],
  ipAddresses: ['127.0.0.1'],
  usages: ['server'],
});
const client = await authority.issue({ commonName: 'cls-a', organizations: ['one', 'two'], usages: ['client'] });

test('server and client identify each other by address, name and organizations', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const { CN, O } = await handshake(server, client, host, authority);
    assert.equal(CN, 'cls-a');
    assert.deepEqual(O, ['one', 'two']);
  }
});

test('a server under another name is refused', async () => {
  await assert.rejects(handshake(server, client, 'elsewhere.example', authority), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
});

test('both sides refuse certificates of another authority', async () => {
  const other = await createAuthority('other-ca');
  await assert.rejects(handshake(server, client, '127.0.0.1', other));
  const stranger = await other.issue({ commonName: 'cls-a', usages: ['client'] });
  await assert.rejects(handshake(server, stranger, '127.0.0.1', authority));
});

test('a certificate is valid from now on for the requested time, and may sign nothing', async () => {
  const leaf = new X509Certificate((await authority.issue({ commonName: 'short', usages: ['client'], days: 2 })).cert);
  assert.ok(leaf.validFromDate.getTime() < Date.now());
  assert.ok(Math.abs(leaf.validToDate.getTime() - Date.now() - 2 * 86_400_000) < 60_000);
  assert.equal(leaf.ca, false);
  assert.equal(new X509Certificate(authority.cert).ca, true);
});

test('an authority with an RSA key in the format of kubeadm signs too', async () => {
  const signingAlgorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(
    { ...signingAlgorithm, modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ['sign', 'verify'],
  );
  const own = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=kubernetes',
    serialNumber: '01',
    keys,
    signingAlgorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    .export({ type: 'pkcs1', format: 'pem' })
    .toString();
  const loaded = await loadAuthority({ cert: own.toString('pem'), key });
  const issued = new X509Certificate((await loaded.issue({ commonName: 'carol', usages: ['client'] })).cert);
  assert.ok(issued.verify(new X509Certificate(loaded.cert).publicKey));
  assert.equal(issued.subject, 'CN=carol');
});
