/** What is about to be done to a cluster that is upgraded, for people: its object and the version in, lines out. Pure; the CLI shows it. */

import { compareVersions, withV } from '../../api/kubernetes/version.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { HookMoment } from '../../api/platform/cluster-hooks.ts';
import { PERMISSIONS_REVIEWED, REVIEW_PERMISSIONS } from '../../api/platform/labels.ts';

export interface UpgradePlan {
  readonly lines: readonly string[];
  /** The version that it has, when this is an upgrade. */
  readonly from: string | undefined;
}

export function upgradePlan(cluster: Cluster, version: string): UpgradePlan {
  const {
    metadata: { name },
    status,
  } = cluster;
  const to = withV(version);
  const known = status?.version ?? '';
  if (known === '') return { from: undefined, lines: [`Cluster ${name} has no version yet: it is created with ${to}`] };
  const from = withV(known);
  const order = compareVersions(to, from);
  if (order === 0) return { from: undefined, lines: [`Cluster ${name} has ${to} already`] };
  if (order < 0)
    return { from: undefined, lines: [`Cluster ${name} has ${from}, and ${to} is older: no cluster goes back`] };
  return {
    from,
    lines: [`Cluster ${name} is upgraded from ${from} to ${to}:`, ...waits(cluster, to), ...steps(cluster)],
  };
}

function steps({ spec, status }: Cluster): string[] {
  const members = spec.controlPlane?.replicas ?? status?.controlPlane?.desired ?? 1;
  const hooks = (moment: HookMoment): string[] =>
    (spec.hooks ?? []).filter((hook) => hook.moment === moment).map((hook) => `  run the hook ${hook.name}`);
  return [
    ...hooks('BeforeUpgrade'),
    `  replace the ${members === 1 ? 'member' : `${members} members`} of its control plane`,
    ...hooks('AfterUpgrade'),
  ];
}

function waits({ metadata: { name, annotations = {} }, spec }: Cluster, to: string): string[] {
  const isHeld = annotations[REVIEW_PERMISSIONS] === 'required' && annotations[PERMISSIONS_REVIEWED] !== to;
  return [
    ...(spec.paused === true ? ['  wait: spec.paused is true'] : []),
    ...(isHeld
      ? [
          `  wait, if it changes permissions, for: kubectl annotate --overwrite cls ${name} ${PERMISSIONS_REVIEWED}=${to}`,
        ]
      : []),
  ];
}
