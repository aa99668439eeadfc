/**
 * A stub of many members: one HTTPS server that answers /NUMBER/readyz as that member would and keeps connections as
 * long as a kube-apiserver does, and one port that takes connections and says nothing.
 * `node bench/fleet/stub.ts MEMBERS CERT-FILE KEY-FILE` prints the two ports; it ends when its input does.
 */
import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FLAP_MS, kindOf, sharesOf } from './members.ts';

const [members = '0', certFile = '', keyFile = ''] = process.argv.slice(2);
const shares = sharesOf(Number(members));
const asked = new Map<number, number>();

const server = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
server.keepAliveTimeout = 90_000;
server.on('request', (request, response) => {
  void answer(Number(request.url?.split('/')[1])).then((status) => {
    if (status === undefined) return;
    // Without a hint of how long the connection is kept: a kube-apiserver gives none.
    response.writeHead(status, { 'content-type': 'text/plain', connection: 'keep-alive' });
    response.end(status === 200 ? 'ok' : 'not ready');
  });
});

/** The status, or undefined for no answer at all. */
async function answer(nth: number): Promise<number | undefined> {
  const count = (asked.get(nth) ?? 0) + 1;
  asked.set(nth, count);
  await sleep(2 + (nth % 20));
  const kind = kindOf(nth, shares);
  if (kind === 'hangs' || kind === 'silent') return undefined;
  const isWell = kind === 'flaps-below' ? count % 2 === 1 : kind === 'well' || !isIll(nth);
  return isWell ? 200 : 503;
}

function isIll(nth: number): boolean {
  return Math.floor((Date.now() + nth * 7_000) / FLAP_MS) % 2 === 1;
}

const silent = createServer((socket) => void socket.on('error', () => undefined).resume());

server.listen(0, '127.0.0.1', () => {
  silent.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port} ${(silent.address() as AddressInfo).port}\n`);
  });
});
process.stdin.resume().on('end', () => process.exit());
