/** Which control plane: the versions, and what they are built from. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
export type Component = (typeof COMPONENTS)[number];

/** The Go module of the program that is all components in one. */
export const SOURCE = path.join(import.meta.dirname, 'binary');

/** A version of Kubernetes that can be started here, with the etcd that goes with it. */
export interface Release {
  /** `v1.36.3` */
  readonly kubernetes: string;
  readonly etcd: string;
  /** What its program is built with: a file for `go build -modfile`, beside a go.sum of the same name. */
  readonly modFile: string;
}

/** The newest first: that is what the hub runs on here. Clusters of type Local can have any of them. */
export const RELEASES: readonly [Release, ...Release[]] = [releaseIn('go.mod'), releaseIn('v1.35.mod')];

export const DEFAULT_RELEASE = RELEASES[0];
export const { kubernetes: KUBERNETES_VERSION, etcd: ETCD_VERSION } = DEFAULT_RELEASE;

export function releaseOf(version: string): Release | undefined {
  return RELEASES.find(({ kubernetes }) => kubernetes === version);
}

/** Where found, downloaded or built binaries of this very version are kept. */
export function cacheDirectory({ kubernetes, modFile }: Release = DEFAULT_RELEASE): string {
  const digest = createHash('sha256');
  for (const file of [modFile, modFile.replace(/mod$/, 'sum'), 'main.go'])
    digest.update(readFileSync(path.join(SOURCE, file)));
  return path.join(cacheRoot(), 'controlplane', `${kubernetes}-${digest.digest('hex').slice(0, 12)}`);
}

/** The folder of the user's cache for what is built once. */
export function cacheRoot(): string {
  const named = process.env['XDG_CACHE_HOME'] ?? '';
  // An empty or relative one is to be passed over, says the XDG specification.
  const base = path.isAbsolute(named) ? named : path.join(homedir(), '.cache');
  return path.join(base, 'steward');
}

function releaseIn(modFile: string): Release {
  const lines = readFileSync(path.join(SOURCE, modFile), 'utf8').split('\n');
  const versionOf = (module: string): string => {
    const version = lines
      .find((each) => each.trim().startsWith(`${module} v`))
      ?.trim()
      .split(' ')[1];
    if (version === undefined) throw new Error(`${SOURCE}/${modFile} does not require ${module}`);
    return version;
  };
  return { kubernetes: versionOf('k8s.io/kubernetes'), etcd: versionOf('go.etcd.io/etcd/server/v3'), modFile };
}
