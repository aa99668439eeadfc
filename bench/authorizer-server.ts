/**
 * The server process for bench/authorizer.ts, which it talks to by messages:
 * `node bench/authorizer-server.ts real|constant|unread RULES.csv CERT KEY CA`. It answers with the authorizer over the
 * rules of a data set (real), or with a constant after parsing the review (constant) or without parsing it (unread).
 */
import { readFileSync } from 'node:fs';
import { Histogram, Registry } from 'prom-client';
import type { Namespace } from '../api/business/namespace.ts';
import { RuleIndex } from '../authorization/engine/rule-index.ts';
import type { AuthorizerOptions } from '../authorization/webhook/authorize.ts';
import { CostlyTenants } from '../authorization/webhook/costly-tenants.ts';
import { grantorsIn } from '../authorization/webhook/grantors.ts';
import { readReview } from '../authorization/webhook/review.ts';
import { startServer } from '../authorization/webhook/server.ts';
import { answerRequest, type WebhookRequest, type WebhookResponse } from '../authorization/webhook/webhook.ts';
import { parseRulesCsv } from '../cli/rules-csv.ts';
import { createLogger } from '../runtime/log.ts';
import { projectOf } from './dataset.ts';
import { cpuMs } from './measure.ts';

const [kind = '', rulesFile = '', certFile = '', keyFile = '', clientCaFile = ''] = process.argv.slice(2);
const index = new RuleIndex();
for (const { line, number } of parseRulesCsv(readFileSync(rulesFile, 'utf8'), rulesFile)) {
  index.set(line, {
    rule: `rul-${number}`,
    ownerKind: 'Policy',
    ownerName: line.ptype === 'g' ? line.of : line.policy,
  });
}

const claims = new Map<string, Namespace[]>();

const options: AuthorizerOptions = {
  index,
  projects: { claims: claimsOn, project: () => undefined },
  chainsFor: 'rule-readers',
  grantorsOf: grantorsIn(index, Date.now),
  costlyTenants: new CostlyTenants(),
  nowMs: Date.now,
};

/** The Namespace objects of the data set, cached as in the authorizer. */
function claimsOn(key: string): Namespace[] {
  const known = claims.get(key);
  if (known !== undefined) return known;
  const [clusterName = '', namespace = ''] = key.split('/');
  const project = projectOf(namespace);
  const tenantID = `t${project.split('-')[1] ?? ''}`;
  const claim = {
    apiVersion: '',
    kind: '',
    metadata: { name: namespace, namespace: project },
    spec: { tenantID, clusterName, namespace },
  };
  claims.set(key, [claim]);
  return [claim];
}

const duration = new Histogram({
  name: 'd',
  help: 'd',
  labelNames: ['decision'],
  buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1],
  registers: [new Registry()],
});
const taken: number[] = [];

function decided(request: WebhookRequest): WebhookResponse {
  const start = performance.now();
  const end = duration.startTimer();
  const response = answerRequest(request, true, options);
  end({ decision: response.answer?.verdict ?? 'error' });
  taken.push(performance.now() - start);
  return response;
}

function constant(request: WebhookRequest): WebhookResponse {
  readReview(request.body);
  return CONSTANT_RESPONSE;
}

const CONSTANT = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SubjectAccessReview',
  status: {
    allowed: false,
    reason: 'a constant answer of about the length of a real one, with the names of a user, a project and a policy',
  },
};
const CONSTANT_RESPONSE: WebhookResponse = { status: 200, body: CONSTANT };
const ANSWERS: Readonly<Record<string, (request: WebhookRequest) => WebhookResponse>> = {
  real: decided,
  constant,
  unread: () => CONSTANT_RESPONSE,
};

const answer = ANSWERS[kind];
if (answer === undefined) throw new Error(`unknown kind of server: ${kind}`);
const server = await startServer({
  files: { certFile, keyFile, clientCaFile },
  host: '127.0.0.1',
  port: 0,
  log: createLogger({ level: 'error', name: 'bench' }),
  answer,
});

process.on('message', (message) => {
  if (message === 'stop') void server.stop().then(() => process.exit());
  else process.send?.({ cpuMs: cpuMs(), taken: taken.splice(0) });
});
process.send?.({ address: server.address });
