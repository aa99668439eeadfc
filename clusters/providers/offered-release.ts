/**
 * Decides which ClusterReleases are offered: which ones a cluster may be created with or upgraded to at a given moment.
 * Pure.
 */
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import type { ClusterType } from '../../api/platform/fields.ts';

/** Why a release is not offered, for a condition. */
export interface ReleaseProblem {
  readonly reason: 'ReleaseWithdrawn' | 'ReleaseDateInvalid' | 'ReleaseNotYetSupported' | 'ReleaseUnsupported';
  readonly message: string;
}

/** Whether clusters of this type may use the release at `nowMs` (milliseconds since 1970). */
export function isOffered(release: ClusterRelease, type: ClusterType, nowMs: number): boolean {
  return isFor(release, type) && releaseProblem(release, nowMs) === undefined;
}

/** Whether the release is meant for clusters of this type. A release without `providers` is meant for all. */
export function isFor({ spec: { providers } }: ClusterRelease, type: ClusterType): boolean {
  return (providers ?? [type]).includes(type);
}

/** Why no cluster may use the release at `nowMs` (milliseconds since 1970); undefined when clusters may. */
export function releaseProblem(release: ClusterRelease, nowMs: number): ReleaseProblem | undefined {
  const {
    metadata: { name },
    spec: { withdrawn, supportedFrom, supportedUntil },
  } = release;
  if (withdrawn === true)
    return { reason: 'ReleaseWithdrawn', message: `ClusterRelease ${name} is withdrawn: choose another version` };
  const invalid = invalidDate(release);
  if (invalid !== undefined) return invalid;
  if (supportedFrom !== undefined && Date.parse(supportedFrom) > nowMs) {
    return {
      reason: 'ReleaseNotYetSupported',
      message: `ClusterRelease ${name} is not supported before ${supportedFrom}: wait until then, or choose an older version`,
    };
  }
  if (supportedUntil !== undefined && Date.parse(supportedUntil) <= nowMs) {
    return {
      reason: 'ReleaseUnsupported',
      message: `ClusterRelease ${name} has been out of support since ${supportedUntil}: choose a newer version`,
    };
  }
  return undefined;
}

/**
 * Kubernetes accepts times that JavaScript cannot parse, such as a leap second (23:59:60). Such a release is not
 * offered: otherwise it could stay offered without an end.
 */
function invalidDate({ metadata: { name }, spec }: ClusterRelease): ReleaseProblem | undefined {
  for (const field of ['supportedFrom', 'supportedUntil'] as const) {
    const value = spec[field];
    if (value !== undefined && Number.isNaN(Date.parse(value))) {
      return {
        reason: 'ReleaseDateInvalid',
        message: `ClusterRelease ${name} is not offered because Steward cannot read its ${field}, ${value}: set a time like 2026-06-01T00:00:00Z, or choose another version`,
      };
    }
  }
  return undefined;
}
