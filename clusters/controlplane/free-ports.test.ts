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

test('each port differs, and can be bound at once with the others', async () => {
  const ports = await freePorts(8);
  assert.equal(new Set(ports).size, 8);
  const servers = await Promise.all(ports.map((port) => bind(port)));
  for (const server of servers) server.close();
});

test('asked for at the same time, in one process, nobody gets what another got', async () => {
  const ports = (await Promise.all([freePorts(5), freePorts(5), freePorts(5)])).flat();
  assert.equal(new Set(ports).size, 15);
});

test('a port in use is passed over', async () => {
  const [last = 0] = await freePorts(1);
  const taken = await bind(last + 1).catch(() => undefined); // someone else has it already: just as good
  const [port = 0] = await freePorts(1);
  taken?.close();
  assert.notEqual(port, last + 1);
});

test('they lie below those of outgoing connections', async () => {
  for (const port of await freePorts(8)) assert.ok(port < 32_768, String(port));
});

test('no ports are no ports', async () => {
  assert.deepEqual(await freePorts(0), []);
});
