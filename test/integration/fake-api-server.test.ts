/** Checks on a real kube-apiserver what the unit tests expect of the fake API server (test/support/fake-api-server). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ControlPlane } from '../../hack/controlplane/controlplane.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { startControlPlaneWithCRDs } from '../support/control-planes.ts';
import { BEHAVIOURS } from '../support/fake-api-server/behaviours.ts';

let directory: string;
let plane: ControlPlane;
const clients = new Map<string, Client>();
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-behaviours-'));
  plane = await startControlPlaneWithCRDs(directory);
});
after(async () => {
  for (const client of clients.values()) await client.close();
  await plane?.stop();
  await rm(directory, { recursive: true, force: true });
});

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
