/**
 * Reviews one upgrade: takes the two versions, the Rules and a way to ask the cluster, and reports which permissions
 * change, or why that is not known. The cluster controller turns the report into a condition, the CLI into text.
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
  /** Asks the cluster what it serves. Without it, the cluster is assumed to serve what its release serves. */
  readonly get?: Get | undefined;
  readonly rules: readonly RuleObject[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface Reviewed {
  readonly report: PermissionReport;
  /** Where the review is less exact than it could be, and why. */
  readonly notes: readonly string[];
}

/** Why there is no review, and what to do instead. */
export interface NotReviewed {
  readonly unknown: string;
}

/** Reviews an upgrade. A cluster that cannot be asked is not an error: the report notes it. */
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
      ...others.map(([version = '', stored = '']) => `the APIs of ${version} are assumed to be those of ${stored}`),
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
      notes: ['the cluster could not be asked which APIs it serves, so its custom resources are not reviewed'],
    };
  }
}

function missing(version: string): string {
  return `the APIs of ${withV(version)} are not known to this version of Steward (it knows ${STORED_VERSIONS.join(', ')}); look up removed and renamed APIs in https://kubernetes.io/docs/reference/using-api/deprecation-guide/ and search your policies for them`;
}

/** The content of the condition PermissionsReviewed. */
export interface Judgement {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: ClusterReason;
  readonly message: string;
}

/**
 * The condition PermissionsReviewed for a review. `tenant` is that of the cluster: the message names no policies of
 * others.
 */
export function judgementOf(reviewed: Reviewed | NotReviewed, tenant: string): Judgement {
  if ('unknown' in reviewed) return { status: 'Unknown', reason: 'VersionUnknown', message: reviewed.unknown };
  const { message, ...rest } = summary(reviewed.report, tenant);
  return { ...rest, message: [message, ...reviewed.notes].join('; ') };
}
