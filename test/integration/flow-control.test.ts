/**
 * The controllers obey API Priority and Fairness. With few seats and no queue for their writes, the API server rejects
 * many of them (429 with Retry-After). All work still completes, and no write is retried before the requested time.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as z from 'zod';
import { policies } from '../../api/auth/policy.ts';
import { projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import { rules } from '../../api/auth/rule.ts';
import { INSTALLATION_NAMESPACE, PROCESS_NAMES } from '../../api/installation.ts';
import { bindingOf, policyOf, rulesOfSize, type Size } from '../../bench/load/seed.ts';
import { type Stack, startStack, untilReady } from '../../hack/local/stack.ts';
import { CONTROLLERS } from '../../processes/processes.ts';
import { type Client, createClient } from '../../runtime/client/client.ts';
import { loadKubeConfig } from '../../runtime/client/credentials.ts';
import { type Audit, prepareAudit } from '../support/audit-log.ts';
import { eventually } from '../support/eventually.ts';
import { yamlOf } from '../support/manifest-yaml.ts';
import { metricsOf } from '../support/process-metrics.ts';

const SIZE: Size = { policies: 5, bindings: 10 };
const ACCOUNTS: readonly string[] = [PROCESS_NAMES.policy, PROCESS_NAMES.projectPolicyBinding];
const LEVEL = 'steward-few-seats';
/** The shortest Retry-After of a kube-apiserver, minus a tolerance for timers that fire early. */
const RETRY_AFTER_MS = 990;

let directory: string;
let audit: Audit;
let stack: Stack;
let client: Client;
before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'steward-flow-'));
  const writes = { level: 'Metadata', verbs: ['create', 'patch'], resources: [{ group: 'auth.tkestack.io' }] };
  audit = await prepareAudit(directory, [writes, { level: 'None' }]);
  stack = await startStack({ directory, processes: [], apiserverArgs: audit.apiserverArgs });
  client = createClient(() => loadKubeConfig(stack.controlPlane.kubeconfig), { fieldManager: 'test' });
});
after(async () => {
  await client?.close();
  await stack?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** One priority level for the controllers' writes to our own kinds, with one share of all seats and no queue. */
const fewSeats = [
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name: LEVEL },
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 1,
        lendablePercent: 0,
        borrowingLimitPercent: 0,
        limitResponse: { type: 'Reject' },
      },
    },
  },
  {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name: LEVEL },
    spec: {
      priorityLevelConfiguration: { name: LEVEL },
      matchingPrecedence: 2,
      rules: [
        {
          subjects: ACCOUNTS.map((name) => ({
            kind: 'ServiceAccount',
            serviceAccount: { name, namespace: INSTALLATION_NAMESPACE },
          })),
          resourceRules: [
            {
              apiGroups: ['auth.tkestack.io'],
              resources: ['*'],
              verbs: ['create', 'patch', 'delete'],
              clusterScope: true,
            },
          ],
        },
      ],
    },
  },
];

async function refused(): Promise<number> {
  const metrics = await stack.kubectl(['get', '--raw', '/metrics']);
  const lines = metrics
    .split('\n')
    .filter(
      (line) =>
        line.startsWith('apiserver_flowcontrol_rejected_requests_total{') && line.includes(`flow_schema="${LEVEL}"`),
    );
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function isDone(): Promise<boolean> {
  const owners = [...(await client.list(policies)), ...(await client.list(projectPolicyBindings))];
  const done = owners.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
  return done.length === SIZE.policies + SIZE.bindings && (await client.list(rules)).length === rulesOfSize(SIZE);
}

test('many writes are rejected, but all work completes', async () => {
  await stack.kubectl(['apply', '-f', '-'], yamlOf(fewSeats));
  for (let nth = 0; nth < SIZE.policies; nth++) await client.create(policies, policyOf(nth));
  for (let nth = 0; nth < SIZE.bindings; nth++)
    await client.create(projectPolicyBindings, bindingOf(nth, SIZE.policies));
  // The level is in force once the kube-apiserver has a metric for its seats.
  await eventually('the priority level is in force', async () =>
    (await stack.kubectl(['get', '--raw', '/metrics'])).includes(`nominal_limit_seats{priority_level="${LEVEL}"}`),
  );
  for (const product of CONTROLLERS.filter(({ access }) => ACCOUNTS.includes(access.name))) await stack.start(product);
  await Promise.all([...stack.processes.values()].map((running) => untilReady(running)));
  await eventually('every owner is Ready and every Rule exists', isDone, 120_000);
  assert.notEqual(await refused(), 0);
  // Each process counts its own 429s.
  for (const running of stack.processes.values())
    assert.match(await metricsOf(running), /^rest_client_requests_total\{method="\w+",code="429"\} [1-9]/m);
});

const auditEvent = z.object({
  verb: z.string(),
  user: z.object({ username: z.string() }),
  objectRef: z.object({ resource: z.string(), subresource: z.string().default(''), name: z.string().default('') }),
  responseStatus: z.object({ code: z.number() }),
  requestReceivedTimestamp: z.iso.datetime().transform(Date.parse),
  stageTimestamp: z.iso.datetime().transform(Date.parse),
});

test('no rejected write is retried before its Retry-After', async () => {
  const events = (await readFile(audit.log, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => auditEvent.parse(JSON.parse(line)));
  const patches = events.filter(
    ({ verb, user }) => verb === 'patch' && ACCOUNTS.some((name) => user.username.endsWith(`:${name}`)),
  );
  const refusedAt = new Map<string, number>();
  const early: string[] = [];
  let refusals = 0;
  for (const { objectRef, responseStatus, requestReceivedTimestamp, stageTimestamp } of patches) {
    const what = `${objectRef.resource}/${objectRef.name} ${objectRef.subresource}`;
    const waitedMs = requestReceivedTimestamp - (refusedAt.get(what) ?? -Infinity);
    if (waitedMs < RETRY_AFTER_MS) early.push(`${what}: after ${waitedMs} ms`);
    refusedAt.delete(what);
    if (responseStatus.code !== 429) continue;
    refusals += 1;
    refusedAt.set(what, stageTimestamp);
  }
  assert.notEqual(refusals, 0);
  assert.deepEqual(early, []);
});
