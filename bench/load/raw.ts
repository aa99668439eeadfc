/**
 * Measures how fast this kube-apiserver accepts the same writes from a client that does nothing else: for each owner
 * its finalizer, its Rules and its status, in this order, with the ServiceAccount of the responsible controller. It
 * tries several ways of sending and measures the fastest.
 */
import { Agent, request } from 'undici';
import { policies } from '../../api/auth/policy.ts';
import { projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import { rules } from '../../api/auth/rule.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import { type RuleLine } from '../../authorization/rules/line.ts';
import { policyNode, userNode } from '../../authorization/rules/node-name.ts';
import { ruleObject } from '../../authorization/rules/rule-object.ts';
import { translatePolicy } from '../../controllers/policy/translate.ts';
import { edges } from '../../controllers/rule-owner/translation.ts';
import type { Stack } from '../../hack/local/stack.ts';
import { pathOf } from '../../runtime/client/client.ts';
import type { Hub } from './hub.ts';
import { bindingOf, policyOf, type Size, uidOf } from './seed.ts';
import { cpuBetween, usagesOf } from './usage.ts';

/** HTTP/2 over one connection, or HTTP/1.1 with one connection per request in flight. */
export interface Way {
  readonly http2: boolean;
  readonly parallel: number;
}

export interface Rate {
  readonly way: Way;
  readonly writes: number;
  readonly seconds: number;
  /** CPU time of etcd and the kube-apiserver. */
  readonly serverCpuSeconds: number;
}

const WAYS: readonly Way[] = [
  { http2: true, parallel: 16 },
  { http2: true, parallel: 32 },
  { http2: true, parallel: 64 },
  { http2: false, parallel: 16 },
  { http2: false, parallel: 32 },
];

interface Write {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: string;
  /** The kind of the owner, whose controller would write this. */
  readonly kind: string;
}

/** The tokens of the controllers, by the kind of owner. */
export type Tokens = Readonly<Record<string, string>>;

/** Measures the rate with all owners of a seeded hub. */
export async function rawWriteLimit(
  { stack, say }: Pick<Hub, 'stack' | 'say'>,
  size: Size,
  tokens: Tokens,
): Promise<Rate> {
  const jobs = jobsOf(size);
  const trial = Math.ceil(jobs.length / (WAYS.length + 5));
  const tried: Rate[] = [];
  for (const way of WAYS) tried.push(await send(stack, jobs.splice(0, trial), way, tokens));
  say(
    `writes per second of a bare client: ${tried.map(({ way, writes, seconds }) => `HTTP/${way.http2 ? 2 : 1}, ${way.parallel} in flight: ${Math.round(writes / seconds)}`).join('; ')}`,
  );
  const best = tried.reduce((a, b) => (b.writes / b.seconds > a.writes / a.seconds ? b : a));
  return send(stack, jobs, best.way, tokens);
}

async function send(stack: Stack, jobs: readonly Write[][], way: Way, tokens: Tokens): Promise<Rate> {
  const agent = new Agent({
    connect: { ca: stack.controlPlane.caCert },
    allowH2: way.http2,
    ...(way.http2 ? {} : { connections: way.parallel }),
  });
  const before = usagesOf(stack);
  const started = performance.now();
  const queue = jobs.values();
  const worker = async (): Promise<void> => {
    for (const job of queue) for (const write of job) await sendOne(stack.controlPlane.url, write, agent, tokens);
  };
  await Promise.all(Array.from({ length: way.parallel }, worker));
  const seconds = (performance.now() - started) / 1_000;
  await agent.close();
  return {
    way,
    seconds,
    writes: jobs.reduce((sum, job) => sum + job.length, 0),
    serverCpuSeconds: cpuBetween(before, usagesOf(stack)).servers,
  };
}

async function sendOne(
  url: string,
  { method, path, body, kind }: Write,
  dispatcher: Agent,
  tokens: Tokens,
): Promise<void> {
  const headers = {
    authorization: `Bearer ${tokens[kind] ?? ''}`,
    accept: 'application/json',
    'content-type': method === 'POST' ? 'application/json' : 'application/merge-patch+json',
  };
  const response = await request(url + path, { method, body, headers, dispatcher });
  const answer = await response.body.text();
  if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 300)}`);
}

/** The writes of each owner, with policies and bindings evenly mixed. */
function jobsOf({ policies: many, bindings }: Size): Write[][] {
  const jobs: { at: number; writes: Write[] }[] = [];
  for (let nth = 0; nth < many; nth++) jobs.push({ at: nth / many, writes: policyWrites(nth) });
  for (let nth = 0; nth < bindings; nth++) jobs.push({ at: nth / bindings, writes: bindingWrites(nth, many) });
  return jobs.sort((a, b) => a.at - b.at).map(({ writes }) => writes);
}

function policyWrites(nth: number): Write[] {
  const policy = policyOf(nth);
  const { lines } = translatePolicy({ ...policy.spec, name: policy.metadata.name, users: [], groups: [] });
  return ownerWrites({ resource: policies, owner: policy, uid: uidOf(policies, nth) }, lines, []);
}

function bindingWrites(nth: number, policyCount: number): Write[] {
  const binding = bindingOf(nth, policyCount);
  const { tenantID, policyID, projectID, users } = binding.spec;
  const nodes = (users ?? []).map(({ id }) => userNode(tenantID, id));
  return ownerWrites(
    { resource: projectPolicyBindings, owner: binding, uid: uidOf(projectPolicyBindings, nth) },
    edges(nodes, policyNode(policyID), projectID),
    users ?? [],
  );
}

interface Seeded {
  readonly resource: Resource;
  readonly owner: KubeObject;
  readonly uid: string;
}

function ownerWrites({ resource, owner, uid }: Seeded, lines: readonly RuleLine[], users: readonly object[]): Write[] {
  const path = pathOf(resource, undefined, owner.metadata.name);
  const condition = {
    type: 'Ready',
    status: 'True',
    reason: 'Translated',
    message: 'all Rules are in force',
    observedGeneration: 1,
    lastTransitionTime: new Date().toISOString(),
  };
  const status = {
    phase: 'Active',
    conditions: [condition],
    observedGeneration: 1,
    rules: lines.length,
    users,
    groups: [],
    missing: [],
  };
  const { kind } = resource;
  const identity = { kind, name: owner.metadata.name, uid };
  return [
    {
      kind,
      method: 'PATCH',
      path: `${path}?fieldManager=bench`,
      body: JSON.stringify({ metadata: { finalizers: ['auth.tkestack.io/rules'] } }),
    },
    ...lines.map(
      (line): Write => ({
        kind,
        method: 'POST',
        path: `${pathOf(rules)}?fieldManager=bench`,
        body: JSON.stringify(ruleObject(identity, line)),
      }),
    ),
    { kind, method: 'PATCH', path: `${path}/status?fieldManager=bench`, body: JSON.stringify({ status }) },
  ];
}
