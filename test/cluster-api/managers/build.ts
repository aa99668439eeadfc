/**
 * Builds the managers of Cluster API from the Go module in module/, once, and finds the manifests that ship with them in
 * the same modules. Only Go modules are downloaded; go.sum holds their checksums.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { buildGoProgram } from '../../../clusters/controlplane/go.ts';
import { cacheRoot } from '../../../clusters/controlplane/release.ts';

const MODULE = path.join(import.meta.dirname, 'module');

export interface Manager {
  readonly name: string;
  /** The Go package of its program. */
  readonly package: string;
  /** The Go module that ships its manifests. */
  readonly module: string;
  /** The folder of the manifests in that module. */
  readonly config: string;
  readonly featureGates: string;
}

const CLUSTER_API = 'sigs.k8s.io/cluster-api';

export const MANAGERS: readonly Manager[] = [
  {
    name: 'core',
    package: `${CLUSTER_API}/core`,
    module: CLUSTER_API,
    config: 'core/config/default',
    featureGates: 'ClusterTopology=true,MachinePool=true',
  },
  {
    name: 'bootstrap',
    package: `${CLUSTER_API}/bootstrap/kubeadm`,
    module: CLUSTER_API,
    config: 'bootstrap/kubeadm/config/default',
    featureGates: 'MachinePool=true',
  },
  {
    name: 'control-plane',
    package: `${CLUSTER_API}/controlplane/kubeadm`,
    module: CLUSTER_API,
    config: 'controlplane/kubeadm/config/default',
    featureGates: 'ClusterTopology=true,MachinePool=true',
  },
  {
    name: 'infrastructure',
    package: `${CLUSTER_API}/test/infrastructure/docker`,
    module: `${CLUSTER_API}/test`,
    config: 'infrastructure/docker/config/default',
    featureGates: 'ClusterTopology=true,MachinePool=true',
  },
];

/** Returns the path of each manager's program by the manager's name. Builds those that the cache lacks; `signal` aborts a build. */
export async function buildManagers(
  log: (line: string) => void,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const cache = cacheOf();
  const programs = new Map(MANAGERS.map(({ name }) => [name, path.join(cache, name)]));
  const missing = MANAGERS.filter(({ name }) => !existsSync(path.join(cache, name)));
  if (missing.length === 0) return programs;
  log('building the managers of Cluster API from their Go modules (once, about ten minutes)');
  for (const manager of missing) {
    log(`building ${manager.package}`);
    await buildGoProgram({ directory: MODULE, package: manager.package }, path.join(cache, manager.name), {
      log,
      signal,
    });
  }
  return programs;
}

function cacheOf(): string {
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) digest.update(readFileSync(path.join(MODULE, file)));
  // The folder keeps its first name: a new name would cost everybody the ten minutes again.
  return path.join(cacheRoot(), 'engines', `cluster-api-${digest.digest('hex').slice(0, 12)}`);
}

const downloaded = z.object({ Dir: z.string() });

/**
 * Returns the folder of a Go module of Cluster API, which holds its manifests and templates. Downloads the module when Go's
 * cache was cleaned after the build.
 */
export function moduleDirectory(module: string): string {
  const said = execFileSync('go', ['mod', 'download', '-json', module], { cwd: MODULE, encoding: 'utf8' });
  return downloaded.parse(JSON.parse(said)).Dir;
}
