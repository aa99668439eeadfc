/**
 * A stub of many member clusters: one HTTPS server that answers /NUMBER/readyz for each of them and keeps connections
 * as long as a kube-apiserver does, and one port that accepts connections and sends nothing. `node bench/fleet/stub.ts
 * CLUSTERS CERT-FILE KEY-FILE` prints the two ports. It exits when its stdin is closed.
 */
import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { behaviourOf, FLAP_MS, sharesOf } from './stub-clusters.ts';

const [clusters = '0', certFile = '', keyFile = ''] = process.argv.slice(2);
const shares = sharesOf(Number(clusters));
/** The number of probes by cluster. */
const probes = new Map<number, number>();

const server = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
server.keepAliveTimeout = 90_000;
server.on('request', (request, response) => {
  void answer(Number(request.url?.split('/')[1])).then((status) => {
    if (status === undefined) return;
    // Without a keep-alive timeout in the response: a kube-apiserver sends none.
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'keep-alive' });
    response.end(status === 200 ? 'ok' : 'not ready');
  });
});

/** The status code; undefined for no answer at all. */
async function answer(nth: number): Promise<number | undefined> {
  const count = (probes.get(nth) ?? 0) + 1;
  probes.set(nth, count);
  await sleep(2 + (nth % 20));
  const behaviour = behaviourOf(nth, shares);
  if (behaviour === 'hangs' || behaviour === 'silent') return undefined;
  const isReady = behaviour === 'flaps-below' ? count % 2 === 1 : behaviour === 'well' || !isDown(nth);
  return isReady ? 200 : 503;
}

function isDown(nth: number): boolean {
  return Math.floor((Date.now() + nth * 7_000) / FLAP_MS) % 2 === 1;
}

const silent = createServer((socket) => void socket.on('error', () => undefined).resume());

server.listen(0, '127.0.0.1', () => {
  silent.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port} ${(silent.address() as AddressInfo).port}\n`);
  });
});
process.stdin.resume().on('end', () => process.exit());
