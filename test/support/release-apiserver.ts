/**
 * An etcd and a kube-apiserver of a release, for as long as it takes to ask what it serves. The generator of the data files
 * and the test that compares them with what is really served call it.
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

export interface Apiserver {
  /** GET as an administrator. */
  get(path: string, accept?: string): Promise<{ readonly status: number; readonly body: string }>;
  /** POST of an object as an administrator; throws when it is not created. */
  create(path: string, object: object): Promise<void>;
  stop(): Promise<void>;
}

const READY_MS = 90_000;

/** Starts it in a directory of its own, which `stop` removes. `args` are added to the kube-apiserver's. */
export async function startApiserver(release: Release, args: readonly string[] = []): Promise<Apiserver> {
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
  const asking = { ca: authority.cert, cert: admin.cert, key: admin.key };
  const url = `https://127.0.0.1:${apiserver}`;
  const get: Apiserver['get'] = (target, accept = 'application/json') => ask(`${url}${target}`, { ...asking, accept });
  const create: Apiserver['create'] = async (target, object) => {
    const { status, body } = await ask(`${url}${target}`, {
      ...asking,
      accept: 'application/json',
      sent: JSON.stringify(object),
    });
    if (status !== 201) throw new Error(`POST ${target} answered ${status}: ${body}`);
  };
  for (const component of ['etcd', 'kube-apiserver'] as const) {
    children.push(
      startChild({ name: component, command: commands[component], logFile: path.join(directory, `${component}.log`) }),
    );
  }
  if (await serves(children, get)) return { get, create, stop };
  await stop();
  throw new Error(`the kube-apiserver of ${release.kubernetes} did not serve`);
}

/** Whether it serves before the time is up, or one of them ends. */
async function serves(children: readonly Child[], get: Apiserver['get']): Promise<boolean> {
  const deadline = Date.now() + READY_MS;
  while (children.every((child) => child.running()) && Date.now() < deadline) {
    const ready = await get('/readyz').catch(() => undefined);
    if (ready?.status === 200) return true;
    await sleep(200);
  }
  return false;
}

interface Asking {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly accept: string;
  /** Makes it a POST. */
  readonly sent?: string;
}

function ask(
  url: string,
  { accept, sent, ...tls }: Asking,
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
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer`)));
    asked.end(sent);
  });
}
