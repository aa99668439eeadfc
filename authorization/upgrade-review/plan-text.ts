/** Describes the steps of an upgrade before it starts, for the CLI. Pure. */
import { compareVersions, withV } from '../../api/kubernetes/version.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { HookMoment } from '../../api/platform/cluster-hooks.ts';
import { PERMISSIONS_REVIEWED, REVIEW_PERMISSIONS } from '../../api/platform/labels.ts';

export interface UpgradePlan {
  readonly lines: readonly string[];
  /** The current version; undefined when this is not an upgrade. */
  readonly from: string | undefined;
}

/** What an upgrade of `cluster` to `version` will do, in order, or why it is not one. */
export function upgradePlan(cluster: Cluster, version: string): UpgradePlan {
  const {
    metadata: { name },
    status,
  } = cluster;
  const to = withV(version);
  const known = status?.version ?? '';
  if (known === '')
    return { from: undefined, lines: [`Cluster ${name} has no version yet and will be created with ${to}`] };
  const from = withV(known);
  const order = compareVersions(to, from);
  if (order === 0) return { from: undefined, lines: [`Cluster ${name} already has ${to}`] };
  if (order < 0)
    return { from: undefined, lines: [`Cluster ${name} has ${from}; a downgrade to ${to} is not possible`] };
  return {
    from,
    lines: [`Cluster ${name} will be upgraded from ${from} to ${to}:`, ...waits(cluster, to), ...steps(cluster)],
  };
}

function steps({ spec, status }: Cluster): string[] {
  const replicas = spec.controlPlane?.replicas ?? status?.controlPlane?.desired ?? 1;
  const hooks = (moment: HookMoment): string[] =>
    (spec.hooks ?? []).filter((hook) => hook.moment === moment).map((hook) => `  run hook ${hook.name}`);
  return [
    ...hooks('BeforeUpgrade'),
    `  replace its ${replicas === 1 ? 'control plane replica' : `${replicas} control plane replicas`}`,
    ...hooks('AfterUpgrade'),
  ];
}

function waits({ metadata: { name, annotations = {} }, spec }: Cluster, to: string): string[] {
  const isHeld = annotations[REVIEW_PERMISSIONS] === 'required' && annotations[PERMISSIONS_REVIEWED] !== to;
  return [
    ...(spec.paused === true ? ['  wait while spec.paused is true'] : []),
    ...(isHeld
      ? [
          `  if it changes permissions, wait for: kubectl annotate --overwrite cls ${name} ${PERMISSIONS_REVIEWED}=${to}`,
        ]
      : []),
  ];
}
