import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:net';
import { test } from 'node:test';
import { freePorts } from './free-ports.ts';

function bind(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

test('each port differs, and can be bound at once with the others', async () => {
  const ports = await freePorts(8);
  assert.equal(new Set(ports).size, 8);
  const servers = await Promise.all(ports.map((port) => bind(port)));
  for (const server of servers) server.close();
});

test('no ports are no ports', async () => {
  assert.deepEqual(await freePorts(0), []);
});
