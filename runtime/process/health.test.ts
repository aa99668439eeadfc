import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { Registry } from 'prom-client';
import { createMetrics } from '../metrics.ts';
import { type HealthServer, parseAddress, type ReadyCheck, serveHealth } from './health.ts';

const checks = new Map<string, ReadyCheck>();
let server: HealthServer;
before(async () => {
  server = await serveHealth('127.0.0.1:0', checks, createMetrics().registry);
});
after(() => server.stop());

async function get(path: string): Promise<{ status: number; type: string | null; text: string }> {
  const response = await fetch(`http://${server.address}${path}`);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

describe('the health server', () => {
  test('is alive, ready or not', async () => {
    checks.set('cache', () => 'not read yet');
    assert.equal((await get('/healthz')).status, 200);
  });

  test('is ready when every check passes, and names those that fail', async () => {
    let problem: string | undefined = 'not read yet';
    checks.clear();
    checks.set('setup', () => undefined);
    checks.set('cache', () => problem);
    const before = await get('/readyz?verbose');
    assert.equal(before.status, 503);
    assert.deepEqual(before.text.trim().split('\n'), ['[+] setup ok', '[-] cache: not read yet']);
    problem = undefined;
    assert.equal((await get('/readyz')).status, 200);
  });

  test('includes checks that are added while it runs', async () => {
    checks.clear();
    assert.equal((await get('/readyz')).status, 200);
    checks.set('late', () => 'not there');
    assert.equal((await get('/readyz')).status, 503);
  });

  test('serves metrics in the text format', async () => {
    const { status, type, text } = await get('/metrics');
    assert.equal(status, 200);
    assert.match(type ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(text, /^process_resident_memory_bytes \d+/m);
  });

  test('survives a request target that is not a path', async () => {
    const { port } = parseAddress(server.address);
    const socket = connect(port, '127.0.0.1');
    socket.end('GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 404 /);
    assert.equal((await get('/healthz')).status, 200);
  });

  test('survives a check that throws, and is not ready', async () => {
    checks.clear();
    checks.set('cache', () => {
      throw new Error('no answer');
    });
    const { status, text } = await get('/readyz');
    assert.equal(status, 503);
    assert.match(text, /no answer/);
  });

  test('serves nothing else', async () => assert.equal((await get('/debug')).status, 404));

  test('releases its port when it stops', async () => {
    const first = await serveHealth('127.0.0.1:0', new Map(), new Registry());
    await first.stop();
    const second = await serveHealth(first.address, new Map(), new Registry());
    assert.equal(second.address, first.address);
    await assert.rejects(serveHealth(first.address, new Map(), new Registry()), { code: 'EADDRINUSE' });
    await second.stop();
  });
});

describe('an address', () => {
  const GOOD: Record<string, { host: string; port: number }> = {
    '127.0.0.1:0': { host: '127.0.0.1', port: 0 },
    '0.0.0.0:8080': { host: '0.0.0.0', port: 8080 },
    '[::1]:8080': { host: '::1', port: 8080 },
  };
  for (const [text, parsed] of Object.entries(GOOD))
    test(`${text} is accepted`, () => assert.deepEqual(parseAddress(text), parsed));
  for (const text of ['', '8080', ':8080', 'localhost:', 'localhost:http']) {
    test(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseAddress(text)));
  }
});
