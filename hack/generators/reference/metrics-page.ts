/** The metrics that the processes declare → their page. */
import type { ProductProcess } from '../../../processes/processes.ts';
import { COMMON_METRICS, type MetricSpecs } from '../../../runtime/metrics.ts';
import { code, codes, contents, page, prose, sortedBy, table } from './markdown.ts';

const COMMON = 'Every process';

export function metricsPage(processes: readonly ProductProcess[]): string {
  const own = sortedBy(processes, ({ access }) => access.name).flatMap(({ access, metrics }) =>
    metrics === undefined ? [] : [{ title: access.name, metrics }],
  );
  return page(
    'Metrics',
    'Every process serves its metrics at `/metrics` of `--health-address`, in the text format of Prometheus.',
    contents([COMMON, ...own.map(({ title }) => title)]),
    ...[{ title: COMMON, metrics: COMMON_METRICS }, ...own].flatMap(({ title, metrics }) => [
      `## ${title}`,
      metricTable(metrics),
    ]),
  );
}

function metricTable(metrics: MetricSpecs): string {
  return table(
    ['Metric', 'Type', 'Labels', 'Description'],
    sortedBy(Object.values(metrics), ({ name }) => name).map(({ name, type, labelNames, help }) => [
      code(name),
      type,
      codes(labelNames),
      prose(help),
    ]),
  );
}
