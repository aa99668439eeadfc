/**
 * Builds the managers of Cluster API from the module beside this file, once; and finds the manifests that come with
 * them in the same modules. Nothing is downloaded but Go modules, whose sums are kept beside their names.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { buildGoProgram } from '../../../clusters/controlplane/go.ts';
import { cacheRoot } from '../../../clusters/controlplane/release.ts';

const MODULE = path.join(import.meta.dirname, 'module');

export interface Engine {
  readonly name: string;
  /** The Go package of its program. */
  readonly package: string;
  /** The module that holds its manifests, and where in it they are. */
  readonly module: string;
  readonly config: string;
  readonly featureGates: string;
}

const CLUSTER_API = 'sigs.k8s.io/cluster-api';

export const ENGINES: readonly Engine[] = [
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

// One kind of build for all programs: another one would compile what they share anew.
const ENV = { ...process.env, CGO_ENABLED: '0' };

/** The paths of the programs by the names of the engines; built when they are not in the cache. */
export async function buildEngines(log: (line: string) => void): Promise<ReadonlyMap<string, string>> {
  const cache = cacheOf();
  const programs = new Map(ENGINES.map(({ name }) => [name, path.join(cache, name)]));
  const missing = ENGINES.filter(({ name }) => !existsSync(path.join(cache, name)));
  if (missing.length === 0) return programs;
  log('building the managers of Cluster API from their Go modules; about ten minutes, once');
  for (const engine of missing) {
    log(`building ${engine.package}`);
    await buildGoProgram({ directory: MODULE, package: engine.package }, path.join(cache, engine.name), { log });
  }
  return programs;
}

function cacheOf(): string {
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) digest.update(readFileSync(path.join(MODULE, file)));
  return path.join(cacheRoot(), 'engines', `cluster-api-${digest.digest('hex').slice(0, 12)}`);
}

const downloaded = z.object({ Dir: z.string() });

/** The folder of a module of Cluster API, where its manifests and templates are. Its cache may be gone while the programs are there. */
export function moduleDirectory(module: string): string {
  const said = execFileSync('go', ['mod', 'download', '-json', module], { cwd: MODULE, env: ENV, encoding: 'utf8' });
  return downloaded.parse(JSON.parse(said)).Dir;
}
