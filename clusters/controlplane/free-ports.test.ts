import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { test } from 'node:test';
import { freePorts } from './free-ports.ts';

function bind(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

test('all ports differ, and can be bound at the same time', async () => {
  const ports = await freePorts(8);
  assert.equal(new Set(ports).size, 8);
  const servers = await Promise.all(ports.map((port) => bind(port)));
  for (const server of servers) server.close();
});

test('concurrent requests in one process get different ports', async () => {
  const ports = (await Promise.all([freePorts(5), freePorts(5), freePorts(5)])).flat();
  assert.equal(new Set(ports).size, 15);
});

test('a port in use is skipped', async () => {
  const [last = 0] = await freePorts(1);
  const taken = await bind(last + 1).catch(() => undefined); // another program has it already, which is just as good
  const [port = 0] = await freePorts(1);
  taken?.close();
  assert.notEqual(port, last + 1);
});

test('all ports are below those of outgoing connections', async () => {
  for (const port of await freePorts(8)) assert.ok(port < 32_768, String(port));
});

test('a request for no ports gets none', async () => {
  assert.deepEqual(await freePorts(0), []);
});
