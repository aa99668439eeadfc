/** Missing, truncated, altered and malformed releases, from a server on the loopback interface. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { ChecksumError, download, type Origins, originsOf, UnavailableError } from './download.ts';
import { freePorts } from './free-ports.ts';
import { ETCD_VERSION, KUBERNETES_VERSION } from './release.ts';

const arch = process.arch === 'x64' ? 'amd64' : process.arch;
const apiserver = `/${KUBERNETES_VERSION}/bin/linux/${arch}/kube-apiserver`;
const unpacked = `etcd-${ETCD_VERSION}-linux-${arch}`;
const archive = `/${ETCD_VERSION}/${unpacked}.tar.gz`;
const sums = `/${ETCD_VERSION}/SHA256SUMS`;
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

const CUT_SHORT = Symbol('ends in the middle of the body');
const ENDLESS = Symbol('never ends');
const files = new Map<string, string | Buffer | typeof CUT_SHORT | typeof ENDLESS>();
const server = createServer((request, response) => {
  const file = files.get(request.url ?? '');
  if (file === ENDLESS) {
    response.writeHead(200).write('#!/bin/sh\n', () => server.emit('endless'));
    return;
  }
  if (file === CUT_SHORT) {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('#!/bin/sh\n', () => response.destroy());
    return;
  }
  response.writeHead(file === undefined ? 404 : 200).end(file);
});
let origins: Origins;
let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  origins = { kubernetes: origin, etcd: origin };
});
after(() => new Promise((resolve) => server.close(resolve)));
beforeEach(async () => {
  files.clear();
  folder = await mkdtemp(path.join(tmpdir(), 'steward-download-'));
  await mkdir(at('cache'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function pack(...entries: string[]): Promise<Buffer> {
  for (const entry of entries) {
    await mkdir(path.dirname(at('content', entry)), { recursive: true });
    await writeFile(at('content', entry), 'the program');
  }
  return execFileSync('tar', ['-cz', '-C', at('content'), '.']);
}

describe('the origins', () => {
  test('are the official ones by default', () => {
    const { kubernetes, etcd } = originsOf({}) ?? {};
    assert.equal(kubernetes, 'https://dl.k8s.io');
    assert.equal(etcd, 'https://github.com/etcd-io/etcd/releases/download');
  });
  test('can be set one by one in the environment', () => {
    assert.equal(originsOf({ STEWARD_DOWNLOAD_URL: 'http://mirror' })?.kubernetes, 'http://mirror');
    assert.equal(originsOf({ STEWARD_ETCD_DOWNLOAD_URL: 'http://mirror' })?.etcd, 'http://mirror');
  });
  test('are undefined when downloads are disabled, whatever else is set', () => {
    assert.equal(originsOf({ STEWARD_DOWNLOAD: 'off', STEWARD_DOWNLOAD_URL: 'http://mirror' }), undefined);
  });
});

test('an installed program is executable by everyone, and exactly what was served', async () => {
  files.set(apiserver, 'the program').set(`${apiserver}.sha256`, `${sha256('the program')}\n`);
  await download('kube-apiserver', origins, at('cache', 'kube-apiserver'));
  assert.equal(await readFile(at('cache', 'kube-apiserver'), 'utf8'), 'the program');
  assert.equal((await stat(at('cache', 'kube-apiserver'))).mode & 0o777, 0o755);
  assert.deepEqual(await readdir(at('cache')), ['kube-apiserver']);
});

describe('an existing program stays as it is, with no other file beside it, when', () => {
  const cases: Record<
    string,
    { component: 'etcd' | 'kube-apiserver'; serve: () => void | Promise<void>; error: new () => Error }
  > = {
    'the release does not exist': { component: 'kube-apiserver', serve: () => undefined, error: UnavailableError },
    'the checksum exists, but not the program': {
      component: 'kube-apiserver',
      serve: () => void files.set(`${apiserver}.sha256`, sha256('x')),
      error: UnavailableError,
    },
    'the program is truncated': {
      component: 'kube-apiserver',
      serve: () => void files.set(apiserver, CUT_SHORT).set(`${apiserver}.sha256`, sha256('the program')),
      error: UnavailableError,
    },
    'the program differs from the published one': {
      component: 'kube-apiserver',
      serve: () => void files.set(apiserver, 'altered').set(`${apiserver}.sha256`, sha256('the program')),
      error: ChecksumError,
    },
    'the published checksum is empty': {
      component: 'kube-apiserver',
      serve: () => void files.set(apiserver, '').set(`${apiserver}.sha256`, '\n'),
      error: ChecksumError,
    },
    'the archive of etcd differs from the published one': {
      component: 'etcd',
      serve: async () =>
        void files.set(archive, await pack(`${unpacked}/etcd`)).set(sums, `${sha256('other')}  ${unpacked}.tar.gz\n`),
      error: ChecksumError,
    },
    'the checksums of etcd do not name this archive': {
      component: 'etcd',
      serve: async () => {
        const bytes = await pack(`${unpacked}/etcd`);
        files.set(archive, bytes).set(sums, `${sha256(bytes)}  etcd-v0.0.0-linux-${arch}.tar.gz\n`);
      },
      error: ChecksumError,
    },
    'the archive of etcd does not contain etcd': {
      component: 'etcd',
      serve: async () => {
        const bytes = await pack(`${unpacked}/README.md`);
        files.set(archive, bytes).set(sums, `${sha256(bytes)}  ${unpacked}.tar.gz\n`);
      },
      error: Error,
    },
    'the archive of etcd is not an archive': {
      component: 'etcd',
      serve: () => void files.set(archive, 'text').set(sums, `${sha256('text')}  ${unpacked}.tar.gz\n`),
      error: Error,
    },
  };
  for (const [name, { component, serve, error }] of Object.entries(cases)) {
    test(name, async () => {
      await serve();
      await writeFile(at('cache', component), 'earlier');
      await assert.rejects(download(component, origins, at('cache', component)), error);
      assert.equal(await readFile(at('cache', component), 'utf8'), 'earlier');
      assert.deepEqual(await readdir(at('cache')), [component]);
    });
  }
});

test('a missing server is unavailable, and the error names its address', async () => {
  const [port = 0] = await freePorts(1);
  const nobody = `http://127.0.0.1:${port}`;
  await assert.rejects(
    download('kube-apiserver', { kubernetes: nobody, etcd: nobody }, at('cache', 'kube-apiserver')),
    (error) => {
      assert.ok(error instanceof UnavailableError);
      assert.ok(error.message.startsWith(`${nobody}${apiserver}.sha256: `), error.message);
      return true;
    },
  );
});

test('an aborted download ends at once with the reason, and leaves nothing behind', async () => {
  files.set(`${apiserver}.sha256`, 'sum').set(apiserver, ENDLESS);
  const stop = new AbortController();
  const downloading = download('kube-apiserver', origins, at('cache', 'kube-apiserver'), { signal: stop.signal });
  server.once('endless', () => stop.abort(new Error('stopped by the user')));
  await assert.rejects(downloading, /stopped by the user/);
  assert.deepEqual(await readdir(at('cache')), []);
});
