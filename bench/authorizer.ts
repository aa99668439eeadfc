/**
 * Measures SubjectAccessReviews over mutual TLS: the authorizer with rules, and the same server with a constant answer,
 * by the CPU time of the server process. The client runs in this process, so its CPU time does not count.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import path from 'node:path';
import { HUB, tenantGroup, WEBHOOK_PATH } from '../api/installation.ts';
import { CLUSTER_ORGANIZATION } from '../api/platform/labels.ts';
import { type Authority, createAuthority, type IssuedCertificate } from '../clusters/controlplane/certificates.ts';
import { writeDataset } from './data-files.ts';
import type { CasbinRequest } from './dataset.ts';
import { short } from './engine-table.ts';
import { readRequests } from './measure.ts';

const CONNECTIONS = 16;

export interface AuthorizerFigures {
  readonly kind: (typeof KINDS)[number];
  readonly rules: number;
  readonly perCpuSecond: number;
  /** Wall-clock time of a review, from the complete body to the answer. */
  readonly p50Us: number;
  readonly p99Us: number;
}

const KINDS = ['unread', 'constant', 'real'] as const;
const ROUNDS = 20;

/**
 * Warms up the servers, then sends `count` reviews to each, in turns, so that a busy machine disturbs all of them
 * alike.
 */
export async function authorizerFigures(rules: number, count: number, folder: string): Promise<AuthorizerFigures[]> {
  const files = writeDataset(folder, rules, 10_000);
  const bodies = readRequests(files.requests).map(reviewOf);
  const authority = await createAuthority('bench');
  const client = await authority.issue({
    commonName: HUB,
    organizations: [CLUSTER_ORGANIZATION],
    usages: ['client'],
  });
  const certificates = await writeCertificates(authority, folder);
  const tls = { ca: authority.cert, ...client };
  const servers = KINDS.map((kind) =>
    fork(path.join(import.meta.dirname, 'authorizer-server.ts'), [kind, files.rules, ...certificates]),
  );
  try {
    const asks: Ask[] = await Promise.all(
      servers.map(async (server) => ({ server, bodies, tls, ...(await answerOf<{ address: string }>(server)) })),
    );
    for (const ask of asks) await drive(ask, count);
    const before = await Promise.all(asks.map(({ server }) => counters(server)));
    for (let round = 0; round < ROUNDS; round++) for (const ask of asks) await drive(ask, count / ROUNDS);
    const after = await Promise.all(asks.map(({ server }) => counters(server)));
    return KINDS.map((kind, i) => ({ kind, rules: files.count, ...figuresOf(count, before[i], after[i]) }));
  } finally {
    await Promise.all(servers.map(stop));
  }
}

function figuresOf(
  count: number,
  before: Counters | undefined,
  after: Counters | undefined,
): Omit<AuthorizerFigures, 'kind' | 'rules'> {
  const taken = (after?.taken ?? []).sort((a, b) => a - b);
  const at = (share: number): number => (taken[Math.floor(taken.length * share)] ?? 0) * 1_000;
  return {
    perCpuSecond: (count / ((after?.cpuMs ?? 0) - (before?.cpuMs ?? 0))) * 1_000,
    p50Us: at(0.5),
    p99Us: at(0.99),
  };
}

async function stop(server: ChildProcess): Promise<void> {
  server.send('stop');
  await once(server, 'exit');
}

const NAMES = {
  unread: 'constant answer, review not read',
  constant: 'constant answer, review read',
  real: 'authorizer',
} as const;

export function authorizerTable(figures: readonly AuthorizerFigures[]): [string[], string[][]] {
  const shareOf = (kind: AuthorizerFigures['kind'], perCpuSecond: number): string =>
    `${((perCpuSecond / (figures.find((each) => each.kind === kind)?.perCpuSecond ?? Number.NaN)) * 100).toFixed(0)} %`;
  const rows = figures.map(({ kind, rules, perCpuSecond, p50Us, p99Us }) => [
    kind === 'real' ? `${NAMES[kind]}, ${rules} rules` : NAMES[kind],
    short(perCpuSecond),
    shareOf('constant', perCpuSecond),
    shareOf('unread', perCpuSecond),
    ...(kind === 'real' ? [short(p50Us), short(p99Us)] : ['', '']),
  ]);
  return [['SERVER', 'REVIEWS PER CPU SECOND', 'OF CONSTANT, READ', 'OF CONSTANT, NOT READ', 'P50 µs', 'P99 µs'], rows];
}

interface Ask {
  readonly server: ChildProcess;
  readonly address: string;
  readonly bodies: readonly string[];
  readonly tls: { readonly ca: string } & IssuedCertificate;
}

interface Counters {
  readonly cpuMs: number;
  readonly taken: number[];
}

function counters(server: ChildProcess): Promise<Counters> {
  server.send('counters');
  return answerOf(server);
}

async function answerOf<T>(server: ChildProcess): Promise<T> {
  const [message] = (await once(server, 'message')) as [T];
  return message;
}

/** Sends reviews over a few persistent connections, as a kube-apiserver does. */
async function drive({ address, bodies, tls }: Ask, count: number): Promise<void> {
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: CONNECTIONS });
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await post(agent, address, bodies[i % bodies.length] ?? '');
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
}

function post(agent: Agent, address: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(`https://${address}${WEBHOOK_PATH}`, { agent, method: 'POST', headers }, (response) => {
      response
        .resume()
        .on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`the server answered ${response.statusCode}`)),
        );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A request of the data set as the review that a kube-apiserver would send. */
function reviewOf({ sub, obj, act }: CasbinRequest): string {
  const [tenant = '', , user = ''] = sub.split('##');
  const [, namespace = '', kind = '', name = ''] = /^namespace:([^/]+)\/([^:]+):(.+)$/.exec(obj) ?? [];
  const verb = /^[a-z]+/.exec(act)?.[0] ?? '';
  const resourceAttributes = { verb, group: 'apps', version: 'v1', resource: `${kind}s`, namespace, name };
  const spec = {
    user,
    uid: '7c1e',
    groups: ['system:authenticated', tenantGroup(tenant)],
    extra: { 'example.com/session': ['1'] },
    resourceAttributes,
  };
  return JSON.stringify({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { creationTimestamp: null },
    spec,
    status: { allowed: false },
  });
}

async function writeCertificates(
  authority: Authority,
  folder: string,
): Promise<[cert: string, key: string, ca: string]> {
  const issued = await authority.issue({ commonName: 'authorizer', ipAddresses: ['127.0.0.1'], usages: ['server'] });
  const files: [string, string, string] = [
    path.join(folder, 'tls.crt'),
    path.join(folder, 'tls.key'),
    path.join(folder, 'ca.crt'),
  ];
  writeFileSync(files[0], issued.cert);
  writeFileSync(files[1], issued.key, { mode: 0o600 });
  writeFileSync(files[2], authority.cert);
  return files;
}
