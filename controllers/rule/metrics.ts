/** How many Rules there are, by type and by whether they count: `rules{ptype, honoured}`. */
import { Gauge } from 'prom-client';
import type { Rule } from '../../api/auth/rule.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import type { Metrics } from '../../runtime/metrics.ts';

export function countRules(informer: Informer<Rule>, metrics: Metrics): void {
  const gauge = new Gauge({
    name: 'rules',
    help: 'Rule objects by type and by whether the authorizer honours them',
    labelNames: ['ptype', 'honoured'],
    registers: [metrics.registry],
  });
  const labelsOf = (rule: Rule): { ptype: string; honoured: string } => ({
    ptype: rule.spec.ptype,
    honoured: String(trustRule(rule).honoured),
  });
  informer.onChange(({ type, object, old }) => {
    if (old !== undefined) gauge.dec(labelsOf(old));
    if (type !== 'deleted') gauge.inc(labelsOf(object));
    else if (old === undefined) gauge.dec(labelsOf(object));
  });
}
