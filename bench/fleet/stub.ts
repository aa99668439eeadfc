/**
 * A stub of many members: one HTTPS server (HTTP/2, as a kube-apiserver) that answers /NUMBER/readyz as that member
 * would, and one port that takes connections and says nothing. `node bench/fleet/stub.ts MEMBERS CERT-FILE KEY-FILE`;
 * prints the two ports. Ends when its input does.
 */
import { readFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FLAP_MS, kindOf, sharesOf } from './members.ts';

const [members = '0', certFile = '', keyFile = ''] = process.argv.slice(2);
const shares = sharesOf(Number(members));
const asked = new Map<number, number>();

const server = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile), allowHTTP1: true });
server.on('request', (request, response) => {
  void answer(Number(request.url.split('/')[1])).then((status) => {
    if (status === undefined) return;
    response.writeHead(status, { 'content-type': 'text/plain' });
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

/** Of HTTP/2, a stream that its client gives up ends with an error. */
server.on('sessionError', () => undefined);
const silent = createServer((socket) => void socket.on('error', () => undefined).resume());

server.listen(0, '127.0.0.1', () => {
  silent.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port} ${(silent.address() as AddressInfo).port}\n`);
  });
});
process.stdin.resume().on('end', () => process.exit());
