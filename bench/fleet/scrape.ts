/** What the health controller tells in /metrics, and what of it lies between two moments. */
export interface Scraped {
  readonly cpuSeconds: number;
  readonly rssMb: number;
  /** Requests to the hub by `METHOD CODE`. */
  readonly requests: ReadonlyMap<string, number>;
  /** By upper bound in seconds: how many probes began at most so late. By lane. */
  readonly lag: Readonly<Record<'quick' | 'slow', ReadonlyMap<number, number>>>;
  /** Probes by result. */
  readonly probes: ReadonlyMap<string, number>;
}

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

/** The bound below which that share of the probes between two moments began, as text. */
export function quantile(share: number, lane: 'quick' | 'slow', before: Scraped, after: Scraped): string {
  const counts = [...after.lag[lane]]
    .map(([bound, count]) => [bound, count - (before.lag[lane].get(bound) ?? 0)] as const)
    .sort(([a], [b]) => a - b);
  const total = counts.at(-1)?.[1] ?? 0;
  const bound = counts.find(([, count]) => count >= total * share)?.[0] ?? 0;
  return total === 0 ? 'none' : `≤ ${bound * 1_000} ms`;
}

export function between(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string {
  return [...after]
    .map(([key, count]) => `${key}: ${count - (before.get(key) ?? 0)}`)
    .sort()
    .join(', ');
}

/** PATCH requests so far: renewals of the Lease are PUT. */
export function writes({ requests }: Scraped): number {
  return [...requests].filter(([key]) => key.startsWith('PATCH')).reduce((sum, [, count]) => sum + count, 0);
}
