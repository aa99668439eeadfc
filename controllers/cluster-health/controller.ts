/**
 * Probes the API server of each member cluster, and keeps the conditions Reachable, Healthy and Authorized of its
 * Cluster. Nothing is written to a member cluster.
 *
 * Watches Clusters. Secrets and ClusterCredentials are read by name and kept (connections.ts). A Cluster that is being
 * deleted is no longer probed; its conditions go with it.
 */
import { clusters } from '../../api/platform/cluster.ts';
import { isHealthCondition } from '../../api/platform/cluster-status.ts';
import { openConnection } from '../../clusters/connections/connection.ts';
import { readCredential } from '../../clusters/connections/read-credential.ts';
import { untilAborted } from '../../runtime/abort.ts';
import { applyStatus } from '../../runtime/loop/apply-status.ts';
import { UsageError } from '../../runtime/process/flags.ts';
import type { ProcessContext, Running } from '../../runtime/process/process.ts';
import { machineClock } from './clock.ts';
import { Connections } from './connections.ts';
import { Fleet } from './fleet.ts';
import { Lanes } from './lanes.ts';
import { fleetMetrics } from './metrics.ts';

/** Creates the cache. Returns the work of the leader. */
export function healthController(context: ProcessContext): Running {
  const { client, flags, log, metrics, name } = context;
  const cache = context.informer(clusters);
  const namespace = String(flags['lease-namespace']);
  const lanes = new Lanes(slotsIn(flags['probes']));
  const connections = new Connections({
    read: (cluster) => readCredential(client, namespace, cluster),
    open: (credential) => openConnection(credential, name),
    now: () => machineClock.now(),
    random: Math.random,
  });
  const fleet: Fleet = new Fleet({
    clusters: cache.store,
    connections,
    lanes,
    clock: machineClock,
    log,
    random: Math.random,
    metrics: fleetMetrics(metrics.registry, {
      waiting: (lane) => lanes.waiting(lane),
      statuses: (type) => fleet.statuses(type),
    }),
    write: async (cluster, conditions) => {
      await applyStatus(client, clusters, cluster, { fields: { conditions }, isOwn: isHealthCondition });
    },
  });
  cache.onChange(({ object }) => fleet.update(object.metadata.name));
  return {
    run: async (signal) => {
      await Promise.race([cache.synced, untilAborted(signal)]);
      await fleet.run(signal);
    },
  };
}

function slotsIn(flag: string | boolean | undefined): number {
  const slots = Number(flag);
  if (!Number.isInteger(slots) || slots < 2)
    throw new UsageError(`--probes must be a number of at least 2, not ${JSON.stringify(flag)}`);
  return slots;
}
