/**
 * The Kubernetes version that a Tanzu release name means: full, as a point version, or short, when the newest
 * ClusterRelease that fits is meant. In: what is asked for, the releases, the version of the cluster so far. Pure.
 */

import { compareVersions, withV } from '../../api/kubernetes/version.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import type { TanzuReason } from '../../api/platform/tanzu-reasons.ts';
import { isOffered } from '../../clusters/providers/offered-release.ts';

export interface VersionInput {
  readonly releases: readonly ClusterRelease[];
  readonly type: ClusterType;
  /** The version that the Cluster asks for already. */
  readonly current: string | undefined;
  readonly nowMs: number;
}

export type Resolved =
  /** `note` says what of the name has no effect. */
  { readonly version: string; readonly note?: string } | { readonly reason: TanzuReason; readonly message: string };

const FULL = /^v\d+\.\d+\.\d+/;
const SHORT = /^v\d+(\.\d+){0,2}$/;

/** `v1.33.1---vmware.1-fips-vkr.2` is the name of the object, and `v1.33.1+vmware.1-fips-vkr.2` the version. */
export function resolveVersion(asked: string, { releases, type, current, nowMs }: VersionInput): Resolved {
  const wanted = withV(asked.replace('---', '+'));
  const offered = releases.filter((release) => isOffered(release, type, nowMs));
  const exact = offered.find(({ metadata, spec }) => metadata.name === asked || withV(spec.version) === wanted);
  if (exact !== undefined) return { version: withV(exact.spec.version) };
  // A cluster is not upgraded because a release has appeared: whoever wants that names it.
  if (current !== undefined && fits(withV(current), wanted)) return { version: withV(current) };
  const newest = offered
    .map(({ spec }) => withV(spec.version))
    .filter((version) => fits(version, wanted))
    .sort(compareVersions)
    .at(-1);
  if (newest !== undefined) return { version: newest };
  return withoutRelease(asked, wanted, releases.length > 0, offered);
}

function withoutRelease(
  asked: string,
  wanted: string,
  hasReleases: boolean,
  offered: readonly ClusterRelease[],
): Resolved {
  const [point] = FULL.exec(wanted) ?? [];
  const known = offered.find(({ spec }) => withV(spec.version) === point);
  if (point !== undefined && (known !== undefined || !hasReleases)) {
    return {
      version: point,
      ...(point === wanted ? {} : { note: `there is no ClusterRelease of ${wanted}: ${point} is taken` }),
    };
  }
  const names = offered
    .map(({ spec }) => withV(spec.version))
    .sort(compareVersions)
    .join(', ');
  return {
    reason: 'VersionNotFound',
    message: `no ClusterRelease fits ${asked}; offered: ${names === '' ? 'none' : names}`,
  };
}

/** Whether a version is the one that a short or point version means. */
function fits(version: string, wanted: string): boolean {
  return (
    SHORT.test(wanted) &&
    (version === wanted ||
      (['.', '+'].some((next) => version.startsWith(`${wanted}${next}`)) && !version.split('+', 1)[0]?.includes('-')))
  );
}
