/** Which control plane: the versions, and what they are built from. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
export type Component = (typeof COMPONENTS)[number];

/** The Go module of the program that is all components in one. */
export const SOURCE = path.join(import.meta.dirname, 'binary');

const goMod = readFileSync(path.join(SOURCE, 'go.mod'), 'utf8');

/** `v1.36.3` */
export const KUBERNETES_VERSION = versionIn('k8s.io/kubernetes');
export const ETCD_VERSION = versionIn('go.etcd.io/etcd/server/v3');

/** Where found, downloaded or built binaries of this very version are kept. */
export function cacheDirectory(): string {
  const digest = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) digest.update(readFileSync(path.join(SOURCE, file)));
  return path.join(cacheRoot(), 'controlplane', `${KUBERNETES_VERSION}-${digest.digest('hex').slice(0, 12)}`);
}

/** The folder of the user's cache for what is built once. */
export function cacheRoot(): string {
  const named = process.env['XDG_CACHE_HOME'] ?? '';
  // An empty or relative one is to be passed over, says the XDG specification.
  const base = path.isAbsolute(named) ? named : path.join(homedir(), '.cache');
  return path.join(base, 'steward');
}

function versionIn(module: string): string {
  const line = goMod.split('\n').find((each) => each.trim().startsWith(`${module} v`));
  const version = line?.trim().split(' ')[1];
  if (version === undefined) throw new Error(`${SOURCE}/go.mod does not require ${module}`);
  return version;
}
