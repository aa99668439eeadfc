/** Reads the controllers' metrics: requests by method and code, queue depths, reconciles. */
import type { RunningProcess, Stack } from '../../hack/local/stack.ts';

export interface Scraped {
  /** Writes of objects so far. Renewals of Leases (PUT) do not count, and neither does the Lease of an authorizer. */
  readonly writes: number;
  /** The controllers' requests by `METHOD CODE`. */
  readonly requests: ReadonlyMap<string, number>;
  /** The number of waiting keys by queue. */
  readonly depths: ReadonlyMap<string, number>;
  readonly reconciles: number;
}

const WRITES = new Set(['POST', 'PATCH', 'DELETE']);

/** Reads the metrics of all controllers and adds them up. */
export async function scrape({ processes }: Stack): Promise<Scraped> {
  const controllers = [...processes.values()].filter(
    ({ child, product }) => child.running() && product.access.leaderElection,
  );
  const texts = await Promise.all(controllers.map(metricsOf));
  const samples = texts.flatMap(samplesOf);
  const requests = new Map<string, number>();
  for (const { name, labels, value } of samples) {
    if (name !== 'rest_client_requests_total') continue;
    const key = `${labels.get('method') ?? ''} ${labels.get('code') ?? ''}`;
    requests.set(key, (requests.get(key) ?? 0) + value);
  }
  return {
    requests,
    writes: [...requests]
      .filter(([key]) => WRITES.has(key.split(' ')[0] ?? ''))
      .reduce((sum, [, count]) => sum + count, 0),
    depths: new Map(
      samples
        .filter(({ name }) => name === 'workqueue_depth')
        .map(({ labels, value }) => [labels.get('name') ?? '', value]),
    ),
    reconciles: samples
      .filter(({ name }) => name === 'controller_runtime_reconcile_total')
      .reduce((sum, { value }) => sum + value, 0),
  };
}

/** The requests between two scrapes by `METHOD CODE`, as one line of text. */
export function requestsBetween(before: Scraped, after: Scraped): string {
  const more = [...after.requests]
    .map(([key, count]) => [key, count - (before.requests.get(key) ?? 0)] as const)
    .filter(([, count]) => count !== 0);
  return (
    more
      .map(([key, count]) => `${key}: ${count}`)
      .sort()
      .join(', ') || 'none'
  );
}

/** The number of waiting keys in all queues. */
export function depthOf({ depths }: Scraped): number {
  return [...depths.values()].reduce((sum, depth) => sum + depth, 0);
}

async function metricsOf({ health }: RunningProcess): Promise<string> {
  return (await fetch(`${health}/metrics`)).text();
}

interface Sample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

function samplesOf(text: string): Sample[] {
  return [...text.matchAll(/^([a-z_]+)\{([^}]*)\} (\S+)$/gm)].map(([, name = '', labels = '', value = '0']) => ({
    name,
    labels: new Map([...labels.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key = '', content = '']) => [key, content])),
    value: Number(value),
  }));
}
