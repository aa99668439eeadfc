import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { openConnection } from '../../clusters/connections/connection.ts';
import { probe } from './probe.ts';
import { withinTime } from './time-limit.ts';

const never = new Promise<never>(() => {});
const { signal } = new AbortController();

test('an answer or an error within the limit is passed on', async () => {
  assert.equal(await withinTime(Promise.resolve(1), 1_000, signal), 1);
  await assert.rejects(withinTime(Promise.reject(new TypeError('wrong')), 1_000, signal), TypeError);
});
test('a request without an answer ends at its limit', async () => {
  await assert.rejects(withinTime(never, 1, signal), { name: 'TimeoutError' });
});
test('an aborted request ends at once, even if it was aborted before it started', async () => {
  const given = new AbortController();
  const waiting = withinTime(never, 1_000_000, given.signal);
  given.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await assert.rejects(withinTime(never, 1_000_000, given.signal), { name: 'AbortError' });
});
test('the limit holds for a server that accepts the connection and stays silent', async (context) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = openConnection(
    {
      server: address,
      ca: undefined,
      token: 'x',
      cert: undefined,
      key: undefined,
      servername: undefined,
      impersonate: undefined,
    },
    'test',
  );
  context.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await api.close();
  });
  const { observations, timedOut } = await probe({
    api,
    server: address,
    limitMs: 100,
    now: () => performance.now(),
    signal,
  });
  assert.equal(observations.Reachable.reason, 'Timeout');
  assert.ok(timedOut);
  // It would be closed if the client's own limit for connections had ended it.
  assert.equal([...sockets].filter((socket) => !socket.destroyed).length, 1);
});
