/**
 * Builds the control plane of a release from the public Go modules. It takes minutes, once; then the result is cached.
 */
import { type BuildOptions, buildGoProgram, hasGo } from './go.ts';
import { DEFAULT_RELEASE, type Release, SOURCE } from './release.ts';

/** Sets the version that the components report. Without it they report v0.0.0, which kubectl and others refuse. */
function versionFlags(version: string): string {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: '0'.repeat(40),
    gitTreeState: 'clean',
    // A fixed date makes the build reproducible.
    buildDate: '2026-01-01T00:00:00Z',
  };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(' ');
}

/**
 * Builds the control plane of a release to `target`. Throws when Go is missing, with Go's own words when the build
 * fails, and with the signal's reason when it is aborted.
 */
export async function build(
  target: string,
  { release = DEFAULT_RELEASE, ...options }: BuildOptions & { readonly release?: Release },
): Promise<void> {
  const { kubernetes, modFile } = release;
  if (!hasGo()) {
    throw new Error(
      'no control plane binaries: install Go 1.26 or later to build them, or set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver',
    );
  }
  options.log(
    `building etcd, kube-apiserver, kube-controller-manager and kubectl ${kubernetes} from their Go modules (once, six to nine minutes)`,
  );
  const moduleFlags = [`-modfile=${modFile}`];
  const program = { directory: SOURCE, package: '.', moduleFlags, linkerFlags: versionFlags(kubernetes) };
  await buildGoProgram(program, target, options);
}
