/**
 * Measures the load that Steward can carry, on a real control plane with the real processes:
 *
 *   node bench/load/main.ts [--policies 10000] [--bindings 50000] [--changes 500] [--directory D]
 *   node bench/load/main.ts --smoke      a small size, half a minute
 *   node bench/load/main.ts --capacity   how many Rules one etcd and one kube-apiserver can carry
 *
 * Prints each measurement as a line, and fails when anything is left undone. docs/load.md explains the figures.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startStack } from '../../hack/local/stack.ts';
import { createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { capacity } from './capacity.ts';
import { changesAtRate } from './changes.ts';
import { Etcd } from './etcd.ts';
import type { Hub } from './hub.ts';
import { steadyState } from './steady.ts';
import { translateFromNothing } from './translate.ts';

const { values } = parseArgs({
  options: {
    policies: { type: 'string', default: '10000' },
    bindings: { type: 'string', default: '50000' },
    changes: { type: 'string', default: '500' },
    directory: { type: 'string' },
    smoke: { type: 'boolean', default: false },
    capacity: { type: 'boolean', default: false },
  },
});
const size = values.smoke
  ? { policies: 60, bindings: 300 }
  : { policies: Number(values.policies), bindings: Number(values.bindings) };
const load = values.smoke ? { perSecond: 20, seconds: 2 } : { perSecond: Number(values.changes), seconds: 60 };
const began = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${line}`);

// etcd also takes its flags from the environment. Its default quota of 2 GB is raised to see which limit comes next.
if (values.capacity) process.env['ETCD_QUOTA_BACKEND_BYTES'] = String(8 * 2 ** 30);
const directory = values.directory ?? mkdtempSync(path.join(tmpdir(), 'steward-load-'));
try {
  const stack = await startStack({ directory, processes: [] });
  const client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'bench' });
  const hub: Hub = { stack, client, etcd: new Etcd(stack.controlPlane.etcdUrl), say };
  try {
    if (values.capacity) await capacity(hub);
    else {
      await translateFromNothing(hub, size);
      await steadyState(hub, values.smoke ? 2_000 : 30_000);
      await changesAtRate(hub, size, load);
    }
  } finally {
    await client.close();
    await stack.stop();
  }
} finally {
  if (values.directory === undefined) rmSync(directory, { recursive: true, force: true });
}
