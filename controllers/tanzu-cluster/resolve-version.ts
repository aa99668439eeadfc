/**
 * Resolves the name of a Tanzu release to a Kubernetes version. The name is full, a patch version, or shorter; a short
 * one means the newest offered ClusterRelease that matches. Pure.
 */

import { compareVersions, withV } from '../../api/kubernetes/version.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { isOffered } from '../../clusters/providers/offered-release.ts';
import type { Problem } from './translation.ts';

export interface VersionInput {
  readonly releases: readonly ClusterRelease[];
  readonly type: ClusterType;
  /** The version in the spec of the existing Cluster. */
  readonly current: string | undefined;
  readonly nowMs: number;
}

export type Resolved =
  /** `note` says which part of the name has no effect. */
  { readonly version: string; readonly note?: string } | Problem;

const PATCH_VERSION = /^v\d+\.\d+\.\d+/;
const SHORT_VERSION = /^v\d+(\.\d+){0,2}$/;

/** The object name `v1.33.1---vmware.1-fips-vkr.2` stands for the version `v1.33.1+vmware.1-fips-vkr.2`. */
export function resolveVersion(requested: string, { releases, type, current, nowMs }: VersionInput): Resolved {
  const wanted = withV(requested.replace('---', '+'));
  const offered = releases.filter((release) => isOffered(release, type, nowMs));
  const exact = offered.find(({ metadata, spec }) => metadata.name === requested || withV(spec.version) === wanted);
  if (exact !== undefined) return { version: withV(exact.spec.version) };
  // A new release does not upgrade a cluster: a user has to name it.
  if (current !== undefined && matches(withV(current), wanted)) return { version: withV(current) };
  const newest = offered
    .map(({ spec }) => withV(spec.version))
    .filter((version) => matches(version, wanted))
    .sort(compareVersions)
    .at(-1);
  if (newest !== undefined) return { version: newest };
  return withoutRelease(requested, wanted, releases.length > 0, offered);
}

function withoutRelease(
  requested: string,
  wanted: string,
  hasReleases: boolean,
  offered: readonly ClusterRelease[],
): Resolved {
  const [patch] = PATCH_VERSION.exec(wanted) ?? [];
  const known = offered.find(({ spec }) => withV(spec.version) === patch);
  if (patch !== undefined && (known !== undefined || !hasReleases)) {
    return {
      version: patch,
      ...(patch === wanted ? {} : { note: `there is no ClusterRelease of ${wanted}, so ${patch} is used` }),
    };
  }
  const names = offered
    .map(({ spec }) => withV(spec.version))
    .sort(compareVersions)
    .join(', ');
  return {
    reason: 'VersionNotFound',
    message: `no offered ClusterRelease matches ${requested}; offered: ${names === '' ? 'none' : names}`,
  };
}

/** Whether a version matches a short version or a patch version. Only a full name matches a pre-release. */
function matches(version: string, wanted: string): boolean {
  return (
    SHORT_VERSION.test(wanted) &&
    (version === wanted ||
      (['.', '+'].some((next) => version.startsWith(`${wanted}${next}`)) && !version.split('+', 1)[0]?.includes('-')))
  );
}
