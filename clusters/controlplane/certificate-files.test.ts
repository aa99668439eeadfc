import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ensureCertificate } from './certificate-files.ts';
import { type CertificateRequest, createAuthority } from './certificates.ts';

const [authority, other] = [await createAuthority('ca'), await createAuthority('ca')];
const request: CertificateRequest = {
  commonName: 'api',
  organizations: ['one'],
  dnsNames: ['api.example'],
  ipAddresses: ['127.0.0.1'],
  usages: ['server'],
};

let folder: string;
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'steward-certificates-')), 'pki');
});
afterEach(() => rm(path.dirname(folder), { recursive: true, force: true }));

const ensure = (more: Partial<CertificateRequest> = {}, by = authority): ReturnType<typeof ensureCertificate> =>
  ensureCertificate(folder, 'api', by, { ...request, ...more });

describe('a certificate', () => {
  test('is written with its key, readable only by its owner, and leaves no partial file', async () => {
    const { cert, key, fingerprint } = await ensure();
    const found = new X509Certificate(await readFile(cert));
    assert.equal(found.fingerprint256, fingerprint);
    assert.deepEqual((await readdir(folder)).sort(), ['api.crt', 'api.key']);
    for (const file of [cert, key]) assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
  });
  test('that is valid is kept', async () => {
    const first = await ensure();
    const key = await readFile(first.key, 'utf8');
    assert.deepEqual(await ensure(), first);
    assert.deepEqual(await ensure({ dnsNames: [], ipAddresses: [] }), first);
    assert.equal(await readFile(first.key, 'utf8'), key);
  });
});

describe('a certificate is issued again', () => {
  const reasons: Record<string, () => Promise<unknown>> = {
    'for another name': () => ensure({ dnsNames: ['api.example', 'other.example'] }),
    'for another address': () => ensure({ ipAddresses: ['127.0.0.1', '10.0.0.1'] }),
    'by another authority of the same name': () => ensure({}, other),
    'in place of a truncated one': async () => {
      await writeFile(path.join(folder, 'api.crt'), '-----BEGIN CERTIFICATE-----\nMIIB');
      return ensure();
    },
    'in place of one without its key': async () => {
      await rm(path.join(folder, 'api.key'));
      return ensure();
    },
    "in place of one with another's key": async () => {
      await writeFile(path.join(folder, 'api.key'), other.key);
      return ensure();
    },
    'for another client': () => ensure({ commonName: 'another' }),
    'for other groups': () => ensure({ organizations: ['two'] }),
    'for another use': () => ensure({ usages: ['client'] }),
  };
  for (const [why, change] of Object.entries(reasons)) {
    test(why, async () => {
      const before = await ensure();
      await change();
      const found = new X509Certificate(await readFile(before.cert));
      assert.notEqual(found.fingerprint256, before.fingerprint);
      assert.ok(found.checkPrivateKey(createPrivateKey(await readFile(before.key))), 'with its own key');
    });
  }
  test('before it expires', async () => {
    const before = await ensure({ days: 29 });
    assert.notEqual((await ensure()).fingerprint, before.fingerprint);
    const long = await ensure({ days: 31 });
    assert.equal((await ensure()).fingerprint, long.fingerprint);
  });
});

test('an unwritable folder is an error', async () => {
  await writeFile(folder, 'a file in its place');
  await assert.rejects(ensure(), { code: 'EEXIST' });
});
