import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { messageOf } from '../errors.ts';
import { credentialSource, loadKubeConfig } from './credentials.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'credentials-'));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** A kubeconfig with the given fields of its cluster and its user. JSON is YAML. */
function kubeConfig(name: string, cluster: object, user: object): string {
  return write(
    name,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'https://api.test:6443', ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
}

describe('a kubeconfig', () => {
  test('that does not exist is an error that names it', () => {
    const file = path.join(folder, 'none');
    assert.throws(
      () => loadKubeConfig(file),
      (error) => error instanceof Error && error.message.includes(file) && error.cause instanceof Error,
    );
  });

  test('that no variable, home directory or pod provides is an error, not an attempt to reach localhost', () => {
    const { KUBECONFIG, HOME } = process.env;
    try {
      delete process.env['KUBECONFIG'];
      process.env['HOME'] = folder;
      assert.throws(() => loadKubeConfig(), /no kubeconfig/);
    } finally {
      Object.assign(process.env, Object.fromEntries(Object.entries({ KUBECONFIG, HOME }).filter(([, value]) => value)));
    }
  });

  test('that is not YAML is an error with the position, but without the text, which may contain a token', () => {
    const file = write('broken', 'users:\n  - user:\n      token: abcdef.0123456789\n   damaged\n');
    assert.throws(
      () => loadKubeConfig(file),
      (error) => {
        assert.match(messageOf(error), /line 4, column 4$/);
        return !messageOf(error).includes('abcdef');
      },
    );
  });

  test('whose context has no cluster is an error', () => {
    const file = write(
      'empty',
      JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [], users: [], contexts: [] }),
    );
    assert.throws(() => loadKubeConfig(file), /has no cluster/);
  });

  test('provides server, authority, certificate and key from files', async () => {
    const [ca, cert, key] = ['ca', 'cert', 'key'].map((name) => write(name, `text of ${name}`));
    const file = kubeConfig(
      'files',
      { 'certificate-authority': ca, 'tls-server-name': 'other.test' },
      { 'client-certificate': cert, 'client-key': key },
    );
    const { server, tls } = await credentialSource(() => loadKubeConfig(file))();
    assert.equal(server, 'https://api.test:6443');
    assert.deepEqual(tls, {
      ca: 'text of ca',
      cert: 'text of cert',
      key: 'text of key',
      servername: 'other.test',
      rejectUnauthorized: true,
    });
  });

  test('provides a token as a header', async () => {
    const file = kubeConfig('token', {}, { token: 'abc' });
    const { headers } = await credentialSource(() => loadKubeConfig(file))();
    assert.equal(headers['authorization'], 'Bearer abc');
  });

  test('verifies the server unless it says otherwise', async () => {
    const strict = kubeConfig('strict', {}, { token: 'abc' });
    const loose = kubeConfig('loose', { 'insecure-skip-tls-verify': true }, { token: 'abc' });
    assert.equal((await credentialSource(() => loadKubeConfig(strict))()).tls.rejectUnauthorized, true);
    assert.equal((await credentialSource(() => loadKubeConfig(loose))()).tls.rejectUnauthorized, false);
  });
});

describe('credentials', () => {
  test('are read at most once in ten seconds, then from the current files', async () => {
    const key = write('rotated-key', 'key');
    const cert = write('rotated-cert', 'first');
    const file = kubeConfig('rotated', {}, { 'client-certificate': cert, 'client-key': key });
    let now = 0;
    let loads = 0;
    const source = credentialSource(
      () => {
        loads += 1;
        return loadKubeConfig(file);
      },
      () => now,
    );
    await Promise.all([source(), source(), source()]);
    writeFileSync(cert, 'second');
    now = 10_000;
    assert.equal((await source()).tls.cert, 'first');
    assert.equal(loads, 1);
    now = 10_001;
    assert.equal((await source()).tls.cert, 'second');
    assert.equal(loads, 2);
  });

  test('are read again at once after one of their files was unreadable', async () => {
    const file = kubeConfig('late-files', { 'certificate-authority': path.join(folder, 'late-ca') }, { token: 'abc' });
    const source = credentialSource(
      () => loadKubeConfig(file),
      () => 0,
    );
    await assert.rejects(source());
    write('late-ca', 'text of ca');
    assert.equal((await source()).tls.ca, 'text of ca');
  });

  test('drop the newline at the end of a token file', async () => {
    const tokenFile = write('token-file', 'abc\n');
    const file = kubeConfig('by-file', {}, { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } });
    assert.equal((await credentialSource(() => loadKubeConfig(file))()).headers['authorization'], 'Bearer abc');
  });

  test('are read again at once after the kubeconfig was unreadable', async () => {
    const file = path.join(folder, 'late');
    const source = credentialSource(
      () => loadKubeConfig(file),
      () => 0,
    );
    assert.throws(source);
    kubeConfig('late', {}, { token: 'abc' });
    assert.equal((await source()).headers['authorization'], 'Bearer abc');
  });
});
