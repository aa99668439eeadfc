/** The metric `rules{ptype, honoured}`: the number of Rules by type and by whether they count. */
import { Gauge } from 'prom-client';
import type { Rule } from '../../api/auth/rule.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import type { MetricSpecs, Metrics } from '../../runtime/metrics.ts';

export const RULE_METRICS = {
  rules: {
    type: 'gauge',
    name: 'rules',
    help: 'Rule objects by type and by whether the authorizer honours them',
    labelNames: ['ptype', 'honoured'],
  },
} as const satisfies MetricSpecs;

export function countRules(informer: Informer<Rule>, metrics: Metrics): void {
  const gauge = new Gauge({
    ...RULE_METRICS.rules,
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
