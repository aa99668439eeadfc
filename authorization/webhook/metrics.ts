/** The authorizer's own metrics. */
import { Gauge, Histogram } from 'prom-client';
import type { MetricSpecs, Metrics } from '../../runtime/metrics.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import type { WebhookRequest, WebhookResponse } from './webhook.ts';

export const AUTHORIZER_METRICS = {
  duration: {
    type: 'histogram',
    name: 'authorize_duration_seconds',
    help: 'Time from a complete request to its answer, by decision',
    labelNames: ['decision'],
  },
  revision: {
    type: 'gauge',
    name: 'rules_revision_info',
    help: 'Number of Rules that count; the label revision is their digest, so replicas with equal revisions decide alike',
    labelNames: ['revision'],
  },
} as const satisfies MetricSpecs;

type AnswerRequest = (request: WebhookRequest) => WebhookResponse;

/** Wraps `answer` so that each decision is timed and counted by its outcome. */
export function measured({ registry }: Metrics, answer: AnswerRequest): AnswerRequest {
  const duration = new Histogram({
    ...AUTHORIZER_METRICS.duration,
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1],
    registers: [registry],
  });
  return (request) => {
    const end = duration.startTimer();
    const response = answer(request);
    end({ decision: response.answer?.verdict ?? 'error' });
    return response;
  };
}

/** Exposes the revision of the rules that decisions are based on. */
export function exposeRevision({ registry }: Metrics, index: Pick<RuleIndex, 'revision' | 'size'>): void {
  const gauge = new Gauge({
    ...AUTHORIZER_METRICS.revision,
    collect: () => {
      gauge.reset();
      gauge.set({ revision: index.revision }, index.size);
    },
    registers: [registry],
  });
}
