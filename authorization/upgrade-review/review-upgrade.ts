/**
 * The review of one upgrade: the versions, the Rules and a way to ask the cluster in; what changes, or why that is not known,
 * out. The cluster controller makes a condition of it, the CLI a text.
 */

import { withV } from '../../api/kubernetes/version.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import { RuleIndex } from '../engine/rule-index.ts';
import type { RuleObject } from '../rules/rule-object.ts';
import { putRule } from '../webhook/rule-feed.ts';
import { discoveryBefore, expectedDiscovery } from './changes.ts';
import { type Discovery, type Get, readDiscovery } from './discovery.ts';
import { type PermissionReport, reviewPermissions } from './review.ts';
import { STORED_VERSIONS, storedOf } from './stored.ts';
import { summary } from './text.ts';

export interface Upgrade {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly from: string;
  readonly to: string;
  /** Asks the cluster what it serves; left out where it can't be asked: then it is taken to serve what its release does. */
  readonly get?: Get | undefined;
  readonly rules: readonly RuleObject[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface Reviewed {
  readonly report: PermissionReport;
  /** What the review rests on, where that is less than it could be. */
  readonly notes: readonly string[];
}

/** Why there is no review, and what to do. */
export interface NotReviewed {
  readonly unknown: string;
}

/** Throws nothing of the cluster's: one that can't be asked is noted. */
export async function reviewUpgrade({
  cluster,
  from,
  to,
  get,
  rules,
  nowMs,
}: Upgrade): Promise<Reviewed | NotReviewed> {
  const [release, target] = [storedOf(from), storedOf(to)];
  if (release === undefined || target === undefined) return { unknown: missing(release === undefined ? from : to) };
  const asked = await ask(get, release.discovery);
  const index = new RuleIndex();
  for (const rule of rules) putRule(index, rule);
  const report = reviewPermissions({
    cluster,
    index,
    nowMs,
    now: discoveryBefore(asked.serves, release.discovery, target.discovery),
    target: expectedDiscovery(asked.serves, release.discovery, target.discovery),
  });
  const others = [
    [from, release.release],
    [to, target.release],
  ].filter(([version = '', stored]) => withV(version) !== stored);
  return {
    report,
    notes: [
      ...asked.notes,
      ...others.map(([version = '', stored = '']) => `what ${version} serves is taken from ${stored}`),
    ],
  };
}

async function ask(
  get: Get | undefined,
  release: Discovery,
): Promise<{ readonly serves: Discovery; readonly notes: readonly string[] }> {
  if (get === undefined) return { serves: release, notes: [] };
  try {
    return { serves: await readDiscovery(get), notes: [] };
  } catch {
    return {
      serves: release,
      notes: ['the cluster could not be asked what it serves, so its own custom resources are not looked at'],
    };
  }
}

function missing(version: string): string {
  return `what ${withV(version)} serves is not known here, only ${STORED_VERSIONS.join(', ')}: look for removed and renamed APIs in https://kubernetes.io/docs/reference/using-api/deprecation-guide/, and for policies that name them`;
}

/** What a condition says. */
export interface Judgement {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: ClusterReason;
  readonly message: string;
}

/** What the condition PermissionsReviewed says of a review of a cluster of that tenant. */
export function judgementOf(reviewed: Reviewed | NotReviewed, tenant: string): Judgement {
  if ('unknown' in reviewed) return { status: 'Unknown', reason: 'VersionUnknown', message: reviewed.unknown };
  const { message, ...rest } = summary(reviewed.report, tenant);
  return { ...rest, message: [message, ...reviewed.notes].join('; ') };
}
