/** Serves /healthz, /readyz and /metrics. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';
import { messageOf } from '../errors.ts';

/** Returns why the process is not ready, or undefined if it is. */
export type ReadyCheck = () => string | undefined;

export interface HealthServer {
  /** The HOST:PORT that it listens on. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Serves on `address` (HOST:PORT; port 0 takes a free port). `checks` can change while it runs. */
export async function serveHealth(
  address: string,
  checks: ReadonlyMap<string, ReadyCheck>,
  registry: Registry,
): Promise<HealthServer> {
  const { host, port } = parseAddress(address);
  const server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    // Not parsed with URL, which throws for some targets: anyone who reaches the port could crash the process.
    switch ((request.url ?? '').split('?', 1)[0] ?? '') {
      case '/healthz':
        return answer(200, 'text/plain', 'ok\n');
      case '/readyz': {
        const { ready, text } = readiness(checks);
        return answer(ready ? 200 : 503, 'text/plain', text);
      }
      case '/metrics':
        return void registry.metrics().then(
          (text) => answer(200, registry.contentType, text),
          (error: unknown) => answer(500, 'text/plain', `cannot read the metrics: ${messageOf(error)}\n`),
        );
      default:
        return answer(404, 'text/plain', 'not found; try /healthz, /readyz or /metrics\n');
    }
  });
  await listen(server, host, port);
  const bound = server.address() as AddressInfo;
  return { address: `${bound.address}:${bound.port}`, stop: () => stop(server) };
}

/** One line per check, in the format of kube-apiserver. */
function readiness(checks: ReadonlyMap<string, ReadyCheck>): { ready: boolean; text: string } {
  const results = [...checks].map(([name, check]) => ({ name, problem: problemOf(check) }));
  const lines = results.map(({ name, problem }) =>
    problem === undefined ? `[+] ${name} ok` : `[-] ${name}: ${problem}`,
  );
  return { ready: results.every(({ problem }) => problem === undefined), text: `${lines.join('\n')}\n` };
}

/** A check that throws counts as not ready. */
function problemOf(check: ReadyCheck): string | undefined {
  try {
    return check();
  } catch (error) {
    return `check failed: ${messageOf(error)}`;
  }
}

/** Throws when the text is not HOST:PORT. */
export function parseAddress(address: string): { host: string; port: number } {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(address) ?? [];
  if (host === undefined || port === undefined) throw new Error(`${JSON.stringify(address)} is not HOST:PORT`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
