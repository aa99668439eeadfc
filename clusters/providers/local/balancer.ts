/**
 * A process: `node balancer.ts PORT BACKENDS-FILE CA-FILE`. One address before the kube-apiservers of a cluster: each new
 * connection goes to one that says that it is ready. It sees no more of a connection than its bytes. The file holds the
 * ports as a JSON list, and is read again when it changes.
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
    // It is being written: what was read last stays.
  }
}

function probe(backend: number): void {
  const asked = request(
    { host: '127.0.0.1', port: backend, path: '/readyz', ca, agent: false, timeout: CONNECT_MS },
    (response) => {
      response.resume();
      if (response.statusCode === 200) ready.add(backend);
      else ready.delete(backend);
    },
  );
  asked.on('timeout', () => asked.destroy(new Error('timeout')));
  asked.on('error', () => ready.delete(backend));
  asked.end();
}

/** Those that are ready first, one after the other in turn; then the others, which may be after all. */
function inOrder(): number[] {
  turn += 1;
  const rotated = backends.map((_, nth) => backends[(nth + turn) % backends.length] ?? 0);
  return [...rotated.filter((each) => ready.has(each)), ...rotated.filter((each) => !ready.has(each))];
}

function join(client: Socket, [backend, ...others]: readonly number[]): void {
  if (backend === undefined) return void client.destroy();
  const server = connect({ host: '127.0.0.1', port: backend, noDelay: true });
  server.setTimeout(CONNECT_MS, () => server.destroy(new Error('timeout')));
  const next = (): void => {
    ready.delete(backend);
    join(client, others);
  };
  server.once('error', next);
  server.once('connect', () => {
    server.off('error', next);
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
  join(client, inOrder());
});
server.on('error', (error) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
server.listen({ host: '127.0.0.1', port: Number(port) });
process.on('SIGTERM', () => process.exit(0));
