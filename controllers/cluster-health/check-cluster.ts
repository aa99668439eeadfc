/** Checks one cluster once: reads its credential, waits for a slot, and probes it. */
import type { Cluster } from '../../api/platform/cluster.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from './clock.ts';
import { type Connections, hasNoCredential } from './connections.ts';
import { type Lane, type Lanes, QUICK_MS } from './lanes.ts';
import type { FleetMetrics } from './metrics.ts';
import { NOT_PROBED, type Observations, withoutCredential } from './observation.ts';
import { type ProbeResult, probe } from './probe.ts';

export interface CheckTools {
  readonly connections: Pick<Connections, 'of' | 'suspect'>;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly metrics: FleetMetrics;
  readonly log: Logger;
}

export interface Check {
  readonly cluster: Cluster;
  /** The lane in which it waits for a slot. */
  readonly lane: Lane;
  /** When it was due, in milliseconds of the clock. */
  readonly due: number;
  readonly timeoutMs: number;
  /** Aborts when the cluster is no longer probed. */
  readonly signal: AbortSignal;
}

export interface CheckResult {
  /** Undefined when the check says nothing about the cluster. */
  readonly observations: Observations | undefined;
  /** The lane for the next check. */
  readonly lane: Lane;
}

/** An answer this much later than its timeout was delayed by this process, not by the cluster. */
const STALLED_PROCESS_MS = 2_000;

/** Never throws. */
export async function checkCluster(check: Check, tools: CheckTools): Promise<CheckResult> {
  const { clock, metrics, lanes } = tools;
  const attempt = (lane: Lane, limitMs: number, isFirst: boolean): Promise<Attempt> =>
    lanes.run(lane, () => {
      if (isFirst) metrics.lag.observe({ lane }, Math.max(0, clock.now() - check.due) / 1_000);
      return attemptProbe(check, limitMs, tools);
    });
  const quickMs = Math.min(QUICK_MS, check.timeoutMs);
  const first = await attempt(check.lane, check.lane === 'quick' ? quickMs : check.timeoutMs, true);
  // A cluster that does not answer at once gets its whole timeout, in the slow lane.
  const isSlow = check.lane === 'quick' && first.probed?.timedOut === true && quickMs < check.timeoutMs;
  return resultOf(check, isSlow ? await attempt('slow', check.timeoutMs, false) : first, tools);
}

interface Attempt {
  /** Undefined when the probe says nothing about the cluster. */
  readonly probed: ProbeResult | undefined;
  readonly tookMs: number;
}

async function attemptProbe(
  { cluster, signal }: Check,
  limitMs: number,
  { connections, clock, log }: CheckTools,
): Promise<Attempt> {
  if (signal.aborted) return { probed: undefined, tookMs: 0 };
  if (cluster.status?.lastAction?.type === 'STOP') return withoutProbe(NOT_PROBED);
  try {
    const found = await connections.of(cluster);
    if (hasNoCredential(found)) return withoutProbe(withoutCredential(found));
    const start = clock.now();
    const probed = await probe({ ...found, limitMs, now: () => clock.now(), signal });
    const tookMs = clock.now() - start;
    return { probed: probed.timedOut && tookMs > limitMs + STALLED_PROCESS_MS ? undefined : probed, tookMs };
  } catch (error) {
    log.error('cannot read the credential of a cluster from the hub', {
      cluster: cluster.metadata.name,
      error: messageOf(error),
    });
    return { probed: undefined, tookMs: 0 };
  }
}

function withoutProbe(observations: Observations): Attempt {
  return { probed: { observations, timedOut: false }, tookMs: 0 };
}

function resultOf(
  { cluster, signal, lane }: Check,
  { probed, tookMs }: Attempt,
  { connections, metrics }: CheckTools,
): CheckResult {
  // After an abort the probe failed because its connection was closed.
  if (probed === undefined || signal.aborted) {
    metrics.duration.observe({ result: 'unjudged' }, tookMs / 1_000);
    return { observations: undefined, lane };
  }
  const isBad = Object.values(probed.observations).some(({ outcome }) => outcome === 'bad');
  if (isBad) connections.suspect(cluster.metadata.uid ?? '');
  metrics.duration.observe({ result: isBad ? 'bad' : 'good' }, tookMs / 1_000);
  return { observations: probed.observations, lane: probed.timedOut || tookMs >= QUICK_MS ? 'slow' : 'quick' };
}
