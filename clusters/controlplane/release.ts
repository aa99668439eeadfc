/** The versions of the control plane that can be started here, and their sources. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl'] as const;
export type Component = (typeof COMPONENTS)[number];

/** The folder of the Go module that contains all components in one program. */
export const SOURCE = path.join(import.meta.dirname, 'binary');

/** A version of Kubernetes, with its version of etcd. */
export interface Release {
  /** `v1.36.3` */
  readonly kubernetes: string;
  readonly etcd: string;
  /** The file for `go build -modfile`. Its .sum file is beside it. */
  readonly modFile: string;
}

/** The newest first: the hub of the tests runs on it. Clusters of type Local can have any of them. */
export const RELEASES: readonly [Release, ...Release[]] = [releaseIn('go.mod'), releaseIn('v1.35.mod')];

export const DEFAULT_RELEASE = RELEASES[0];
export const { kubernetes: KUBERNETES_VERSION, etcd: ETCD_VERSION } = DEFAULT_RELEASE;

/** Returns the release of a version such as `v1.36.3`; undefined when it cannot be started here. */
export function releaseOf(version: string): Release | undefined {
  return RELEASES.find(({ kubernetes }) => kubernetes === version);
}

/** The folder for the downloaded or built binaries of a release. Another source of the program gets another folder. */
export function cacheDirectory({ kubernetes, modFile }: Release = DEFAULT_RELEASE): string {
  const digest = createHash('sha256');
  for (const file of [modFile, modFile.replace(/mod$/, 'sum'), 'main.go'])
    digest.update(readFileSync(path.join(SOURCE, file)));
  return path.join(cacheRoot(), 'controlplane', `${kubernetes}-${digest.digest('hex').slice(0, 12)}`);
}

/** Steward's folder in the user's cache. */
export function cacheRoot(): string {
  const named = process.env['XDG_CACHE_HOME'] ?? '';
  // The XDG specification says to ignore an empty or relative path.
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
