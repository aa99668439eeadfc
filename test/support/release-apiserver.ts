/**
 * Starts etcd and the kube-apiserver of a release, to ask which resources it serves. The generator of the data files of
 * authorization/upgrade-review and the test that compares these files with real servers use it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findBinaries } from '../../clusters/controlplane/binaries.ts';
import { createAuthority, generateSigningKey } from '../../clusters/controlplane/certificates.ts';
import { commandsOf } from '../../clusters/controlplane/components.ts';
import { freePorts } from '../../clusters/controlplane/free-ports.ts';
import type { Release } from '../../clusters/controlplane/release.ts';
import { type Child, startChild } from '../../hack/controlplane/child.ts';

export interface ReleaseApiserver {
  /** Sends a GET as an administrator. */
  get(path: string, accept?: string): Promise<{ readonly status: number; readonly body: string }>;
  /** Creates an object as an administrator. Throws when the server does not answer 201. */
  create(path: string, object: object): Promise<void>;
  stop(): Promise<void>;
}

const READY_MS = 90_000;

/**
 * Starts both in a new directory, which `stop` removes. `args` are appended to those of the kube-apiserver. Throws
 * after 90 s.
 */
export async function startReleaseApiserver(release: Release, args: readonly string[] = []): Promise<ReleaseApiserver> {
  const binaries = await findBinaries({ release });
  const directory = await mkdtemp(path.join(tmpdir(), 'steward-discovery-'));
  const [etcd = 0, peer = 0, apiserver = 0, manager = 0] = await freePorts(4);
  const authority = await createAuthority('steward-discovery-ca');
  const server = await authority.issue({
    commonName: 'kube-apiserver',
    usages: ['server', 'client'],
    ipAddresses: ['127.0.0.1'],
  });
  const admin = await authority.issue({ commonName: 'admin', organizations: ['system:masters'], usages: ['client'] });
  const files = {
    'ca.crt': authority.cert,
    'apiserver.crt': server.cert,
    'apiserver.key': server.key,
    'service-account.key': generateSigningKey(),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(directory, name), text, { mode: 0o600 });
  const commands = commandsOf({
    binaries,
    files: { directory, authority, kubeconfig: '' },
    ports: { etcd, peer, apiserver, manager },
    options: { apiserverArgs: args },
  });
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) await child.stop();
    await rm(directory, { recursive: true, force: true });
  };
  const credentials = { ca: authority.cert, cert: admin.cert, key: admin.key };
  const url = `https://127.0.0.1:${apiserver}`;
  const get: ReleaseApiserver['get'] = (target, accept = 'application/json') =>
    ask(`${url}${target}`, { ...credentials, accept });
  const create: ReleaseApiserver['create'] = async (target, object) => {
    const { status, body } = await ask(`${url}${target}`, {
      ...credentials,
      accept: 'application/json',
      sent: JSON.stringify(object),
    });
    if (status !== 201) throw new Error(`POST ${target}: HTTP ${status}: ${body}`);
  };
  for (const component of ['etcd', 'kube-apiserver'] as const) {
    children.push(
      startChild({ name: component, command: commands[component], logFile: path.join(directory, `${component}.log`) }),
    );
  }
  if (await serves(children, get)) return { get, create, stop };
  await stop();
  throw new Error(`the kube-apiserver of ${release.kubernetes} was not ready within ${READY_MS / 1_000} s`);
}

/** Returns whether the kube-apiserver became ready before the deadline and before a process exited. */
async function serves(children: readonly Child[], get: ReleaseApiserver['get']): Promise<boolean> {
  const deadline = Date.now() + READY_MS;
  while (children.every((child) => child.running()) && Date.now() < deadline) {
    const ready = await get('/readyz').catch(() => undefined);
    if (ready?.status === 200) return true;
    await sleep(200);
  }
  return false;
}

interface RequestOptions {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly accept: string;
  /** The body of a POST; without it, a GET is sent. */
  readonly sent?: string;
}

function ask(
  url: string,
  { accept, sent, ...tls }: RequestOptions,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const method = sent === undefined ? 'GET' : 'POST';
    const asked = request(
      url,
      { ...tls, method, agent: false, timeout: 10_000, headers: { accept, 'content-type': 'application/json' } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer within 10 s`)));
    asked.end(sent);
  });
}
