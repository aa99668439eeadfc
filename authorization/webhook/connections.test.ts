import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { Connections } from './connections.ts';

let server: Server;
let connections: Connections;
const accepted: Socket[] = [];
before(async () => {
  server = createServer((socket) => {
    socket.on('error', () => {}).resume();
    accepted.push(socket);
    connections.opened(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
});
after(() => {
  for (const socket of accepted) socket.destroy();
  server.close();
});
beforeEach(() => {
  connections = new Connections({ unchecked: 3, ofCluster: 2 });
});

/** Opens a connection and returns both of its ends. */
async function open(): Promise<{ near: Socket; far: Socket }> {
  const before = accepted.length;
  const near = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
    .on('error', () => {})
    .resume();
  const far = await eventually('it is accepted', () => Promise.resolve(accepted[before]));
  return { near, far };
}

async function openMany(count: number): Promise<{ near: Socket; far: Socket }[]> {
  const all = [];
  for (let i = 0; i < count; i++) all.push(await open());
  return all;
}

const openOnes = (all: readonly { far: Socket }[]): number[] => all.flatMap(({ far }, i) => (far.destroyed ? [] : [i]));

describe('before the certificate is verified', () => {
  test('the oldest connections make room for the newest', async () => {
    assert.deepEqual(openOnes(await openMany(5)), [2, 3, 4]);
  });
  test('a verified or closed connection does not count', async () => {
    const [first, second] = await openMany(2);
    assert.ok(first && second);
    connections.checked(first.far, 'cls-a');
    second.near.destroy();
    await eventually('it is closed', () => Promise.resolve(second.far.closed));
    const more = await openMany(3);
    assert.deepEqual(openOnes([first, ...more]), [0, 1, 2, 3]);
  });
  test('a shutdown closes the unverified connections and no others', async () => {
    const all = await openMany(3);
    const [first] = all;
    assert.ok(first);
    connections.checked(first.far, 'cls-a');
    connections.closeUnchecked();
    assert.deepEqual(openOnes(all), [0]);
  });
});

describe('of one cluster', () => {
  test('the least recently used connection makes room', async () => {
    const all = await openMany(2);
    for (const { far } of all) connections.checked(far, 'cls-a');
    const [first] = all;
    assert.ok(first);
    connections.used(first.far, 'cls-a');
    const third = await open();
    connections.checked(third.far, 'cls-a');
    assert.deepEqual(openOnes([...all, third]), [0, 2]);
  });
  test('the connections of another cluster stay open', async () => {
    const other = await open();
    connections.checked(other.far, 'cls-b');
    const own = await openMany(3);
    for (const { far } of own) connections.checked(far, 'cls-a');
    assert.deepEqual(openOnes([other, ...own]), [0, 2, 3]);
  });
});
