/** One look at one cluster: its credential, a slot, a probe. Undefined when it says nothing about the cluster. */
import type { Cluster } from '../../api/platform/cluster.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from './clock.ts';
import { type Connections, hasNoCredential } from './connections.ts';
import { type Lane, type Lanes, QUICK_MS } from './lanes.ts';
import type { FleetMetrics } from './metrics.ts';
import { NOT_ASKED, type Seen, withoutCredential } from './observation.ts';
import { type Probed, probe } from './probe.ts';

export interface LookTools {
  readonly connections: Pick<Connections, 'of' | 'doubt'>;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly metrics: FleetMetrics;
  readonly log: Logger;
}

export interface Look {
  readonly cluster: Cluster;
  /** Where it waits for its slot. */
  readonly lane: Lane;
  /** When it should have begun. */
  readonly due: number;
  readonly timeoutMs: number;
  /** Aborts when the cluster is not to be probed any more. */
  readonly signal: AbortSignal;
}

export interface Looked {
  /** Undefined when nothing can be said of the cluster. */
  readonly seen: Seen | undefined;
  /** Where it belongs the next time. */
  readonly lane: Lane;
}

/** An answer that is this much later than its time limit is late because this process did not run. */
const LATE_MS = 2_000;

export async function look(asked: Look, tools: LookTools): Promise<Looked> {
  const { clock, metrics, lanes } = tools;
  const attempt = (lane: Lane, limitMs: number, isFirst: boolean): Promise<Attempt> =>
    lanes.run(lane, () => {
      if (isFirst) metrics.lag.observe({ lane }, Math.max(0, clock.now() - asked.due) / 1_000);
      return ask(asked, limitMs, tools);
    });
  const quickMs = Math.min(QUICK_MS, asked.timeoutMs);
  const first = await attempt(asked.lane, asked.lane === 'quick' ? quickMs : asked.timeoutMs, true);
  // What does not answer at once gets its whole time, among those that are slow.
  const again = asked.lane === 'quick' && first.probed?.timedOut === true && quickMs < asked.timeoutMs;
  return concluded(asked, again ? await attempt('slow', asked.timeoutMs, false) : first, tools);
}

interface Attempt {
  readonly probed: Probed | undefined;
  readonly tookMs: number;
}

async function ask(
  { cluster, signal }: Look,
  limitMs: number,
  { connections, clock, log }: LookTools,
): Promise<Attempt> {
  if (signal.aborted) return { probed: undefined, tookMs: 0 };
  if (cluster.status?.lastAction?.type === 'STOP') return { probed: { seen: NOT_ASKED, timedOut: false }, tookMs: 0 };
  try {
    const found = await connections.of(cluster);
    if (hasNoCredential(found)) return { probed: { seen: withoutCredential(found), timedOut: false }, tookMs: 0 };
    const began = clock.now();
    const probed = await probe({ ...found, limitMs, now: () => clock.now(), signal });
    const tookMs = clock.now() - began;
    return { probed: probed.timedOut && tookMs > limitMs + LATE_MS ? undefined : probed, tookMs };
  } catch (error) {
    log.error('cannot read the credential of a cluster from the hub', {
      cluster: cluster.metadata.name,
      error: messageOf(error),
    });
    return { probed: undefined, tookMs: 0 };
  }
}

function concluded(
  { cluster, signal, lane }: Look,
  { probed, tookMs }: Attempt,
  { connections, metrics }: LookTools,
): Looked {
  // What is being closed fails for that reason.
  if (probed === undefined || signal.aborted) {
    metrics.duration.observe({ result: 'unjudged' }, tookMs / 1_000);
    return { seen: undefined, lane };
  }
  const isBad = Object.values(probed.seen).some(({ seen }) => seen === 'bad');
  if (isBad) connections.doubt(cluster.metadata.uid ?? '');
  metrics.duration.observe({ result: isBad ? 'bad' : 'good' }, tookMs / 1_000);
  return { seen: probed.seen, lane: probed.timedOut || tookMs >= QUICK_MS ? 'slow' : 'quick' };
}
