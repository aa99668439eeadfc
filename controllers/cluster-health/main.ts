/** The process: `node controllers/cluster-health/main.ts --help`. */
import { clusters } from '../../api/platform/cluster.ts';
import { HEALTH_CONDITIONS } from '../../api/platform/cluster-status.ts';
import { openConnection } from '../../clusters/connections/connection.ts';
import { readCredential } from '../../clusters/connections/read-credential.ts';
import { untilAborted } from '../../runtime/abort.ts';
import { applyStatus } from '../../runtime/loop/apply-status.ts';
import { UsageError } from '../../runtime/process/flags.ts';
import { runProcess } from '../../runtime/process/process.ts';
import { clusterHealthAccess } from './access.ts';
import { machineClock } from './clock.ts';
import { Connections } from './connections.ts';
import { CLUSTER_HEALTH_FLAGS } from './flags.ts';
import { Fleet } from './fleet.ts';
import { Lanes } from './lanes.ts';
import { fleetMetrics } from './metrics.ts';

const { name } = clusterHealthAccess;
const own = new Set<string>(HEALTH_CONDITIONS);

await runProcess({
  name,
  leaderElection: true,
  flags: CLUSTER_HEALTH_FLAGS,
  setup: (context) => {
    const { client, log, metrics, flags } = context;
    const cache = context.informer(clusters);
    const namespace = String(flags['lease-namespace']);
    const lanes = new Lanes(slotsOf(flags['probes']));
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
      write: (cluster, conditions) =>
        applyStatus(client, clusters, cluster, { fields: { conditions }, isOwn: (type) => own.has(type) }),
    });
    cache.onChange(({ object }) => fleet.take(object.metadata.name));
    return Promise.resolve({
      run: async (signal: AbortSignal) => {
        await Promise.race([cache.synced, untilAborted(signal)]);
        await fleet.run(signal);
      },
    });
  },
});

function slotsOf(flag: string | boolean | undefined): number {
  const slots = Number(flag);
  if (!Number.isInteger(slots) || slots < 2)
    throw new UsageError(`--probes is a number from 2, not ${JSON.stringify(flag)}`);
  return slots;
}
