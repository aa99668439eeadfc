/**
 * A process, `node balancer.ts PORT BACKENDS-FILE CA-FILE`: the single address of a cluster's kube-apiservers. It
 * forwards each new connection to one that is ready, and sees only the encrypted bytes. BACKENDS-FILE is a JSON list of
 * ports, which it reads again all the time.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer, type Socket } from 'node:net';

const [port = '', backendsFile = '', caFile = ''] = process.argv.slice(2);
const PROBE_MS = 250;
const CONNECT_MS = 2_000;
const ca = readFileSync(caFile, 'utf8');

let backends: readonly number[] = [];
const ready = new Set<number>();
let turn = 0;

function readBackends(): void {
  try {
    backends = (JSON.parse(readFileSync(backendsFile, 'utf8')) as unknown[]).map(Number);
  } catch {
    // The file is being written: keep what was read last.
  }
}

function probe(backend: number): void {
  const probing = request(
    { host: '127.0.0.1', port: backend, path: '/readyz', ca, agent: false, timeout: CONNECT_MS },
    (response) => {
      response.resume();
      if (response.statusCode === 200) ready.add(backend);
      else ready.delete(backend);
    },
  );
  probing.on('timeout', () => probing.destroy(new Error('timeout')));
  probing.on('error', () => ready.delete(backend));
  probing.end();
}

/** Ready backends first, in rotation; then the others, which may be ready since the last probe. */
function inOrder(): number[] {
  turn += 1;
  const rotated = backends.map((_, nth) => backends[(nth + turn) % backends.length] ?? 0);
  return [...rotated.filter((each) => ready.has(each)), ...rotated.filter((each) => !ready.has(each))];
}

/** Connects the client to the first backend that accepts a connection. */
function forward(client: Socket, [backend, ...others]: readonly number[]): void {
  if (backend === undefined) return void client.destroy();
  const server = connect({ host: '127.0.0.1', port: backend, noDelay: true });
  server.setTimeout(CONNECT_MS, () => server.destroy(new Error('timeout')));
  const tryNext = (): void => {
    ready.delete(backend);
    forward(client, others);
  };
  server.once('error', tryNext);
  server.once('connect', () => {
    server.off('error', tryNext);
    server.setTimeout(0);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
}

readBackends();
setInterval(() => {
  readBackends();
  for (const backend of backends) probe(backend);
}, PROBE_MS);
for (const backend of backends) probe(backend);

const server = createServer({ noDelay: true, pauseOnConnect: false }, (client) => {
  client.on('error', () => client.destroy());
  forward(client, inOrder());
});
server.on('error', (error) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
server.listen({ host: '127.0.0.1', port: Number(port) });
process.on('SIGTERM', () => process.exit(0));
