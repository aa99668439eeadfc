/** Reads the metrics of a process of the product. */
import type { RunningProcess } from '../../hack/local/stack.ts';

/** Returns the text of /metrics. */
export async function metricsOf({ health }: Pick<RunningProcess, 'health'>): Promise<string> {
  return (await fetch(`${health}/metrics`)).text();
}

/** Adds up the first group, a number, of all matches of a global pattern. */
export async function metricSum(process: Pick<RunningProcess, 'health'>, pattern: RegExp): Promise<number> {
  const text = await metricsOf(process);
  return [...text.matchAll(pattern)].reduce((sum, [, value]) => sum + Number(value), 0);
}
