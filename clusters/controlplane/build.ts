/** Builds the control plane from the public Go modules: six minutes once on two cores, then cached. */
import { spawnSync } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { compile, countPackages } from './go.ts';
import { DEFAULT_RELEASE, type Release, SOURCE } from './release.ts';

/** The version that the components report. Without it they call themselves v0.0.0, which kubectl and others refuse. */
function versionFlags(version: string): string {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: '0'.repeat(40),
    gitTreeState: 'clean',
    // One date for one version: a build is to come out the same.
    buildDate: '2026-01-01T00:00:00Z',
  };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/** Builds the program to `target`, telling `log` how far it is. Throws with Go's own words when that fails. */
export async function build(
  target: string,
  log: (line: string) => void,
  { kubernetes, modFile }: Release = DEFAULT_RELEASE,
): Promise<void> {
  const environment = { ...process.env, CGO_ENABLED: '0' };
  if (spawnSync('go', ['version']).status !== 0) {
    throw new Error(
      'no control plane binaries: install Go 1.26 or later to build them, or set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver',
    );
  }
  log(
    `building etcd, kube-apiserver, kube-controller-manager and kubectl ${kubernetes} from their Go modules; about six minutes, once`,
  );
  await mkdir(path.dirname(target), { recursive: true });
  const go = { directory: SOURCE, env: environment, log };
  const total = await countPackages([`-modfile=${modFile}`, '.'], go);
  const part = `${target}.${process.pid}.part`;
  const args = [
    'build',
    `-modfile=${modFile}`,
    '-v',
    '-trimpath',
    '-ldflags',
    `-s -w ${versionFlags(kubernetes)}`,
    '-o',
    part,
    '.',
  ];
  try {
    await compile(args, total, go);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}
