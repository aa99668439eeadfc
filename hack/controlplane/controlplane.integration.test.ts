import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { KUBERNETES_VERSION } from '../../clusters/controlplane/release.ts';
import { SERVER_COMPONENTS, startControlPlane } from './controlplane.ts';

const directory = await mkdtemp(path.join(tmpdir(), 'steward-plane-'));
after(() => rm(directory, { recursive: true, force: true }));

function isListening(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port: Number(new URL(url).port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
  });
}

test('a control plane starts, works, keeps its state over restarts, and leaves no process behind', async () => {
  const plane = await startControlPlane({ directory });
  const kubectl = async (...args: string[]): Promise<string> => {
    const { stdout, stderr, code } = await plane.kubectl(args);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  assert.ok((await kubectl('version', '-o', 'json')).includes(`"gitVersion": "${KUBERNETES_VERSION}"`));
  await kubectl('create', 'namespace', 'kept');
  await kubectl('create', 'namespace', 'gone');
  // Only the controller manager finalizes a namespace.
  await kubectl('delete', 'namespace', 'gone', '--timeout=30s');
  await plane.restart('kube-apiserver', 'SIGKILL');
  await plane.restart('etcd');
  assert.match(await kubectl('get', 'namespaces', '-o', 'name'), /namespace\/kept\n/);

  const children = SERVER_COMPONENTS.map((name) => plane.child(name));
  await plane.stop();
  assert.deepEqual(
    children.filter((child) => child.running()).map(({ name }) => name),
    [],
  );
  assert.equal(await isListening(plane.url), false);
});
