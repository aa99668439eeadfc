/**
 * Where the programs come from. Small scripts stand in for the programs, and a server on the loopback interface for the
 * release.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { findBinaries } from './binaries.ts';
import { ChecksumError } from './download.ts';
import { ETCD_VERSION, KUBERNETES_VERSION } from './release.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'steward-binaries-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const script = (says: string): string => `#!/bin/sh\necho ${says}\n`;
const at = (...names: string[]): string => path.join(folder, ...names);
/** An environment in which nothing of this machine is found. */
const bare = { PATH: '/nonexistent', STEWARD_DOWNLOAD: 'off' };

async function put(file: string, text = script('here')): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o755 });
}

const neverBuild = (): Promise<void> => Promise.reject(new Error('built'));

describe('programs come', () => {
  test('from KUBEBUILDER_ASSETS first, and from the cache where it lacks them', async () => {
    for (const name of ['etcd', 'kube-apiserver', 'kubectl']) await put(at('assets', name));
    for (const name of ['etcd', 'kube-controller-manager']) await put(at('cache', name));
    const found = await findBinaries({
      env: { ...bare, KUBEBUILDER_ASSETS: at('assets') },
      cache: at('cache'),
      build: neverBuild,
    });
    assert.deepEqual(found.etcd, [at('assets', 'etcd')]);
    assert.deepEqual(found['kube-controller-manager'], [at('cache', 'kube-controller-manager')]);
  });

  test('from nowhere when the cache cannot be created: the error names the folder and the variable to set', async () => {
    await writeFile(at('file'), '');
    await assert.rejects(
      findBinaries({ env: bare, cache: at('file', 'cache'), build: neverBuild }),
      (error) =>
        error instanceof Error && error.message.includes(at('file', 'cache')) && /XDG_CACHE_HOME/.test(error.message),
    );
  });

  test('from the cache, where one program may contain all of them', async () => {
    await put(at('cache', 'controlplane'));
    const found = await findBinaries({ env: bare, cache: at('cache'), build: neverBuild });
    assert.deepEqual(found['kube-apiserver'], [at('cache', 'controlplane'), 'kube-apiserver']);
  });

  test('from PATH first, in the case of kubectl', async () => {
    await put(at('bin', 'kubectl'));
    await put(at('cache', 'controlplane'));
    const found = await findBinaries({
      env: { ...bare, PATH: `${at('bin')}:${bare.PATH}` },
      cache: at('cache'),
      build: neverBuild,
    });
    assert.deepEqual(found.kubectl, ['kubectl']);
  });

  test('from a build last, and from the cache after that', async () => {
    const built: string[] = [];
    const build = async (target: string): Promise<void> => {
      built.push(target);
      await put(target);
    };
    for (let i = 0; i < 2; i++) await findBinaries({ env: bare, cache: at('cache'), build });
    assert.deepEqual(built, [at('cache', 'controlplane')]);
  });
});

describe('the release', () => {
  const files = new Map<string, string | Buffer>();
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    env = { PATH: bare.PATH, STEWARD_DOWNLOAD_URL: `${origin}/k8s`, STEWARD_ETCD_DOWNLOAD_URL: `${origin}/etcd` };
    for (const name of ['kube-apiserver', 'kube-controller-manager', 'kubectl']) {
      const url = `/k8s/${KUBERNETES_VERSION}/bin/linux/${arch}/${name}`;
      files.set(url, script(name)).set(`${url}.sha256`, sha256(script(name)));
    }
    const name = `etcd-${ETCD_VERSION}-linux-${arch}`;
    await put(at('archive', name, 'etcd'), script('etcd'));
    const archive = execFileSync('tar', ['-cz', '-C', at('archive'), name]);
    files.set(`/etcd/${ETCD_VERSION}/${name}.tar.gz`, archive);
    files.set(
      `/etcd/${ETCD_VERSION}/SHA256SUMS`,
      `${'0'.repeat(64)}  other.tar.gz\n${sha256(archive)}  ${name}.tar.gz\n`,
    );
  });
  afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

  test('is downloaded, verified and executable', async () => {
    const found = await findBinaries({ env, cache: at('cache'), build: neverBuild });
    for (const [name, [program = '']] of Object.entries(found))
      assert.equal(execFileSync(program).toString(), `${name}\n`);
  });

  test('with a wrong checksum is an error, and leaves nothing behind', async () => {
    const url = `/k8s/${KUBERNETES_VERSION}/bin/linux/${arch}/kube-apiserver`;
    files.set(url, script('tampered'));
    await assert.rejects(findBinaries({ env, cache: at('cache'), build: neverBuild }), (error) => {
      assert.ok(error instanceof ChecksumError);
      assert.match(
        error.message,
        new RegExp(
          `kube-apiserver has checksum ${sha256(script('tampered'))}, but ${sha256(script('kube-apiserver'))} is published`,
        ),
      );
      return true;
    });
    assert.deepEqual(await readdir(at('cache')), ['etcd']);
  });

  test('that is unavailable leads to the build', async () => {
    files.delete(`/k8s/${KUBERNETES_VERSION}/bin/linux/${arch}/kube-apiserver`);
    let built = false;
    const lines: string[] = [];
    const build = async (target: string): Promise<void> => {
      built = true;
      await put(target);
    };
    await findBinaries({ env, cache: at('cache'), build, log: (line) => lines.push(line) });
    assert.equal(built, true);
    assert.ok(
      lines.some((line) => line.includes('unavailable') && line.includes('HTTP 404')),
      lines.join('\n'),
    );
  });
});
