/** A stub hub for commands of the plugin: the test sets its answers, and it records writes. It checks nothing. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { kubeconfigText } from '../../clusters/controlplane/kubeconfig.ts';

export interface StubHub {
  readonly kubeconfig: string;
  /** Returns the object at a path; undefined for 404. An object of kind Status is sent as an error with its code. */
  get: (at: string) => object | undefined;
  /** Each request that is not a GET. */
  readonly writes: Written[];
  stop(): Promise<void>;
}

export interface Written {
  /** `METHOD path`. */
  readonly asked: string;
  readonly body: unknown;
}

const NOT_FOUND = { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' };

function httpStatus(answer: object): number {
  return 'kind' in answer && answer.kind === 'Status' && 'code' in answer ? Number(answer.code) : 200;
}

export async function startStubHub(): Promise<StubHub> {
  const directory = await mkdtemp(path.join(tmpdir(), 'steward-stub-'));
  const authority = await createAuthority('stub-ca');
  const own = await authority.issue({ commonName: 'stub', ipAddresses: ['127.0.0.1'], usages: ['server'] });
  const writes: Written[] = [];
  const answer = (method: string, at: string, text: string): object | undefined => {
    const found = hub.get(at);
    if (method === 'GET') return found;
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    writes.push({ asked: `${method} ${at}`, body });
    return method === 'POST' ? (body as object) : found;
  };
  const server = createServer({ cert: own.cert, key: own.key }, (request, response) => {
    let text = '';
    request
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('end', () => {
        const at = new URL(request.url ?? '', 'https://stub').pathname;
        const found = answer(request.method ?? '', at, text) ?? NOT_FOUND;
        response.writeHead(httpStatus(found), { 'content-type': 'application/json' }).end(JSON.stringify(found));
      });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const kubeconfig = path.join(directory, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  const client = await authority.issue({ commonName: 'claire', usages: ['client'] });
  await writeFile(kubeconfig, kubeconfigText(`https://127.0.0.1:${port}`, authority.cert, client), { mode: 0o600 });
  const hub: StubHub = {
    kubeconfig,
    writes,
    get: () => undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      await rm(directory, { recursive: true, force: true });
    },
  };
  return hub;
}
