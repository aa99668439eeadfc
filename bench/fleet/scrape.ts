/** Reads the metrics of the health controller, and compares two readings. */
export interface Scraped {
  readonly cpuSeconds: number;
  readonly rssMb: number;
  /** Requests to the hub, by `METHOD CODE`. */
  readonly requests: ReadonlyMap<string, number>;
  /** By lane and upper bound in seconds: the number of probes that began at most that late. */
  readonly lag: Readonly<Record<'quick' | 'slow', ReadonlyMap<number, number>>>;
  /** The number of probes by result. */
  readonly probes: ReadonlyMap<string, number>;
}

/** Reads the metrics at the controller's health address. */
export async function scrape(health: string): Promise<Scraped> {
  const text = await (await fetch(`${health}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
  const lag = (lane: string): Map<number, number> =>
    new Map(
      [
        ...text.matchAll(
          new RegExp(`^cluster_probe_lag_seconds_bucket\\{le="([^"]+)",lane="${lane}"\\} (\\d+)$`, 'gm'),
        ),
      ].map(([, le, count]) => [le === '+Inf' ? Infinity : Number(le), Number(count)]),
    );
  return {
    cpuSeconds: value('process_cpu_seconds_total'),
    rssMb: value('process_resident_memory_bytes') / 2 ** 20,
    requests: new Map(
      [...text.matchAll(/^rest_client_requests_total\{method="(\w+)",code="(\d+)"\} (\d+)$/gm)].map(
        ([, method, code, count]) => [`${method ?? ''} ${code ?? ''}`, Number(count)],
      ),
    ),
    lag: { quick: lag('quick'), slow: lag('slow') },
    probes: new Map(
      [...text.matchAll(/^cluster_probe_duration_seconds_count\{result="(\w+)"\} (\d+)$/gm)].map(
        ([, result = '', count]) => [result, Number(count)],
      ),
    ),
  };
}

/** The lag that this share of the probes between two readings did not exceed, as text. */
export function quantile(share: number, lane: 'quick' | 'slow', before: Scraped, after: Scraped): string {
  const counts = [...after.lag[lane]]
    .map(([bound, count]) => [bound, count - (before.lag[lane].get(bound) ?? 0)] as const)
    .sort(([a], [b]) => a - b);
  const total = counts.at(-1)?.[1] ?? 0;
  const bound = counts.find(([, count]) => count >= total * share)?.[0] ?? 0;
  return total === 0 ? 'none' : `≤ ${bound * 1_000} ms`;
}

/** The differences between two readings, as one line of text. */
export function between(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  return [...after]
    .map(([key, count]) => `${key}: ${count - (before.get(key) ?? 0)}`)
    .sort()
    .join(', ');
}

/** The number of PATCH requests so far. Renewals of the Lease are PUT and do not count. */
export function writes({ requests }: Scraped): number {
  return [...requests].filter(([key]) => key.startsWith('PATCH')).reduce((sum, [, count]) => sum + count, 0);
}
