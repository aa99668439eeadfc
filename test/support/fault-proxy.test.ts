/** Tests the proxy between clients and a server that answers each byte with two. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy } from './fault-proxy.ts';

/** Long enough for bytes that must not arrive to arrive. */
const WHILE_MS = 100;

let server: Server;
let peers: Socket[];
let proxy: FaultProxy;
let clients: Client[];
beforeEach(async () => {
  peers = [];
  clients = [];
  server = createServer((socket) => {
    peers.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(Buffer.concat([bytes, bytes])));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await FaultProxy.start((server.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  for (const peer of peers) peer.destroy();
  await proxy.stop();
  server.close();
});

interface Client {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  received: string;
}

function client(): Client {
  const socket = connect(proxy.port, '127.0.0.1');
  const made: Client = {
    socket,
    received: '',
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  };
  socket.setEncoding('utf8').on('data', (text: string) => (made.received += text));
  socket.on('error', () => undefined);
  clients.push(made);
  return made;
}

async function untilReceived(each: Client, text: string): Promise<void> {
  while (each.received !== text) await once(each.socket, 'data');
}

async function talking(): Promise<Client> {
  const each = client();
  each.socket.write('a');
  await untilReceived(each, 'aa');
  return each;
}

describe('a connection through the proxy', () => {
  test('carries bytes both ways, and is closed on one side when the other closes it', async () => {
    const each = await talking();
    peers[0]?.destroy();
    await each.closed;
  });

  test('is closed by a cut, and no new one works until the proxy heals', async () => {
    const each = await talking();
    proxy.cut();
    await each.closed;
    await client().closed;
    proxy.heal();
    await talking();
  });

  test('is closed when connections are dropped, and new ones work', async () => {
    const each = await talking();
    proxy.dropConnections();
    await each.closed;
    await talking();
  });

  test('stays open while silenced, as new ones do, and delivers the delayed bytes when the proxy heals', async () => {
    const each = await talking();
    proxy.silence();
    const fresh = client();
    each.socket.write('b');
    fresh.socket.write('c');
    await sleep(WHILE_MS);
    assert.deepEqual([each.received, fresh.received], ['aa', '']);
    proxy.heal();
    await Promise.all([untilReceived(each, 'aabb'), untilReceived(fresh, 'cc')]);
  });

  test('delays what the server sends while slow', async () => {
    const each = await talking();
    proxy.slow(20);
    each.socket.write('bbbb');
    await sleep(WHILE_MS);
    assert.equal(each.received, 'aa');
    await untilReceived(each, 'aabbbbbbbb');
  });

  test('is fast again when the proxy heals, even from very slow', { timeout: 30_000 }, async () => {
    const each = await talking();
    proxy.slow(0.001);
    each.socket.write('b');
    await sleep(WHILE_MS);
    assert.equal(each.received, 'aa');
    proxy.heal();
    await untilReceived(each, 'aabb');
  });

  test('carries nothing but stays open when forgotten, even if the server closes it; new ones work', async () => {
    const each = await talking();
    proxy.forget();
    each.socket.write('b');
    await talking();
    peers[0]?.destroy();
    await sleep(WHILE_MS);
    assert.equal(each.received, 'aa');
    assert.equal(each.socket.closed, false);
    proxy.heal();
    await sleep(WHILE_MS);
    assert.equal(each.received, 'aa');
  });
});
