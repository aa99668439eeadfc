/** Checks on a real kube-apiserver what the unit tests expect of the fake API server (test/support/fake-api-server). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ControlPlane, startControlPlane } from '../../hack/controlplane/controlplane.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { BEHAVIOURS } from '../support/fake-api-server/behaviours.ts';

const CRDS = path.join(import.meta.dirname, '../../crds');

let directory: string;
let plane: ControlPlane;
const clients = new Map<string, Client>();
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-behaviours-'));
  plane = await startControlPlane({ directory: path.join(directory, 'controlplane') });
  await kubectl('apply', '--server-side', '-k', CRDS);
  await kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all');
});
after(async () => {
  for (const client of clients.values()) await client.close();
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function kubectl(...args: string[]): Promise<void> {
  const { stderr, code } = await plane.kubectl(args);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
}

function clientOf(fieldManager: string): Client {
  const known = clients.get(fieldManager);
  if (known !== undefined) return known;
  const client = createClient(() => loadKubeConfig(plane.kubeconfig), { fieldManager });
  clients.set(fieldManager, client);
  return client;
}

for (const [request, behaviours] of Object.entries(BEHAVIOURS)) {
  describe(`${request} on a kube-apiserver`, () => {
    for (const [name, behaviour] of Object.entries(behaviours)) test(name, () => behaviour(clientOf));
  });
}
