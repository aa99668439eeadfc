import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { openConnection } from '../../clusters/connections/connection.ts';
import { probe } from './probe.ts';
import { withinTime } from './time-limit.ts';

const never = new Promise<never>(() => {});
const { signal } = new AbortController();

test('an answer in time is given, and an error too', async () => {
  assert.equal(await withinTime(Promise.resolve(1), 1_000, signal), 1);
  await assert.rejects(withinTime(Promise.reject(new TypeError('wrong')), 1_000, signal), TypeError);
});
test('what is never answered ends at its limit', async () => {
  await assert.rejects(withinTime(never, 1, signal), { name: 'TimeoutError' });
});
test('what is given up ends at once, also when that was before', async () => {
  const given = new AbortController();
  const waiting = withinTime(never, 1_000_000, given.signal);
  given.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await assert.rejects(withinTime(never, 1_000_000, given.signal), { name: 'AbortError' });
});
test('a server that takes the connection and says nothing is given up before its connection is', async (context) => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const member = openConnection(
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
    await member.close();
  });
  const { seen, timedOut } = await probe({
    member,
    server: address,
    limitMs: 100,
    now: () => performance.now(),
    signal,
  });
  assert.equal(seen.Reachable.reason, 'Timeout');
  assert.ok(timedOut);
  // It would be closed if the client's own limit for connections had ended it.
  assert.equal([...sockets].filter((socket) => !socket.destroyed).length, 1);
});
