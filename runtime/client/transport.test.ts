/**
 * The transport against a stub of the API server: a loopback server that demands a client certificate and speaks HTTP/2
 * and HTTP/1.1, as kube-apiserver does.
 */
import assert from 'node:assert/strict';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import type { Credentials, Tls } from './credentials.ts';
import { Transport } from './transport.ts';
import { FencedError } from './write-fence.ts';

const authority = await createAuthority('test-ca');
const stranger = await createAuthority('other-ca');
const identity = await authority.issue({ commonName: 'server', ipAddresses: ['127.0.0.1'], usages: ['server'] });
const first = await authority.issue({ commonName: 'first', usages: ['client'] });
const second = await authority.issue({ commonName: 'second', usages: ['client'] });

type Answer = (request: Http2ServerRequest, response: Http2ServerResponse) => void;
const ok: Answer = (_, response) => response.end('ok');
let answer = ok;
/** The name of the client of each connection. */
let connections: string[] = [];
const stub = createSecureServer(
  { ...identity, ca: authority.cert, requestCert: true, rejectUnauthorized: true, allowHTTP1: true },
  (request, response) => answer(request, response),
);
const sockets = new Set<TLSSocket>();
stub.on('secureConnection', (socket: TLSSocket) => {
  sockets.add(socket);
  connections.push(String(socket.getPeerCertificate().subject.CN));
});

let tls: Tls;
let headers: Record<string, string>;
let transport: Transport;
before(() => new Promise<void>((resolve) => void stub.listen(0, '127.0.0.1', resolve)));
after(() => {
  for (const socket of sockets) socket.destroy();
  stub.close();
});
beforeEach(() => {
  tls = { ca: authority.cert, ...first, rejectUnauthorized: true };
  headers = { authorization: 'Bearer one' };
  connections = [];
  answer = ok;
  transport = new Transport(() => Promise.resolve(credentials()), 'tester');
});
afterEach(() => transport.close());

function credentials(): Credentials {
  return { server: `https://127.0.0.1:${(stub.address() as AddressInfo).port}`, tls, headers };
}

const GET = { method: 'GET', path: '/' };
const never = new AbortController().signal;

/** A watch that said something already. */
async function openWatch(signal: AbortSignal): Promise<{ rest: AsyncIterator<Buffer>; close: () => void }> {
  const stream = await transport.open(GET, signal);
  const rest = stream.chunks[Symbol.asyncIterator]();
  assert.equal(String((await rest.next()).value), 'first');
  return { rest, close: () => stream.close() };
}

describe('mutual TLS', () => {
  test('presents the client certificate', async () => {
    assert.equal((await transport.send(GET)).body, 'ok');
    assert.deepEqual(connections, ['first']);
  });

  test('refuses a server with a certificate of another authority', async () => {
    tls = { ...tls, ca: stranger.cert };
    await assert.rejects(transport.send(GET));
    assert.deepEqual(connections, []);
  });

  test('fails without a client certificate', async () => {
    tls = { ca: authority.cert, rejectUnauthorized: true };
    await assert.rejects(transport.send(GET));
  });
});

describe('connections', () => {
  test('use HTTP/1.1, although the server offers HTTP/2', async () => {
    answer = (request, response) => void response.end(request.httpVersion);
    assert.equal((await transport.send(GET)).body, '1.1');
  });

  test('are at most two for fifty sequential requests', async () => {
    for (let i = 0; i < 50; i++) await transport.send(GET);
    assert.ok(connections.length <= 2, `${connections.length} connections`);
  });

  test('are replaced with a new certificate, and only then', async () => {
    await transport.send(GET);
    await transport.send(GET);
    const before = connections.length;
    tls = { ca: authority.cert, ...second, rejectUnauthorized: true };
    for (let i = 0; i < 5; i++) await transport.send(GET);
    assert.deepEqual(new Set(connections.slice(0, before)), new Set(['first']));
    assert.deepEqual(new Set(connections.slice(before)), new Set(['second']));
  });

  test('are kept with a new token, which the next request sends', async () => {
    const tokens: unknown[] = [];
    answer = (request, response) => {
      tokens.push(request.headers.authorization);
      response.end();
    };
    for (let i = 0; i < 3; i++) await transport.send(GET);
    const before = connections.length;
    headers = { authorization: 'Bearer two' };
    await transport.send(GET);
    assert.deepEqual(tokens.slice(-2), ['Bearer one', 'Bearer two']);
    assert.equal(connections.length, before);
  });

  test('that are replaced let their requests finish', async () => {
    let finish = (): void => {};
    const arrived = new Promise<void>((resolve) => {
      answer = (_, response) => {
        finish = () => response.end('late');
        resolve();
      };
    });
    const slow = transport.send(GET);
    await arrived;
    tls = { ca: authority.cert, ...second, rejectUnauthorized: true };
    answer = ok;
    await transport.send(GET);
    finish();
    assert.equal((await slow).body, 'late');
  });
});

describe('a watch', () => {
  beforeEach(() => {
    answer = (_, response) => void response.write('first');
  });

  test('has a connection of its own, whose end does not affect requests', async () => {
    const { close } = await openWatch(never);
    answer = ok;
    for (let i = 0; i < 3; i++) await transport.send(GET);
    const before = connections.length;
    close();
    await transport.send(GET);
    assert.ok(before > 1);
    assert.equal(connections.length, before);
  });

  test('ends when its signal aborts', async () => {
    const stop = new AbortController();
    const { rest, close } = await openWatch(stop.signal);
    const next = rest.next();
    stop.abort();
    await assert.rejects(next);
    close();
  });

  test('ends when it is closed', async () => {
    const { rest, close } = await openWatch(never);
    const next = rest.next();
    close();
    await assert.rejects(next);
  });
});

describe('a fence', () => {
  const PUT = { method: 'PUT', path: '/', body: '{}' };
  let may: boolean;
  let seen: string[];
  let fenced: Transport;
  beforeEach(() => {
    may = true;
    seen = [];
    answer = (request, response) => {
      seen.push(request.method);
      response.end();
    };
    fenced = new Transport(() => Promise.resolve(credentials()), 'tester', { mayWrite: () => may });
  });
  afterEach(() => fenced.close());

  test('always lets reads through, and writes while allowed', async () => {
    await fenced.send(PUT);
    may = false;
    await assert.rejects(fenced.send(PUT), FencedError);
    await assert.rejects(fenced.send({ ...PUT, method: 'DELETE' }), FencedError);
    await fenced.send(GET);
    may = true;
    await fenced.send(PUT);
    assert.deepEqual(seen, ['PUT', 'GET', 'PUT']);
  });

  test('refuses a write that was requested before and waits for its connection', async () => {
    const first = fenced.send(PUT);
    may = false;
    await assert.rejects(first, FencedError);
    assert.deepEqual(seen, []);
  });

  test('refuses writes that wait behind others: nothing is sent once writes are not allowed', async () => {
    const held: (() => void)[] = [];
    answer = (request, response) => {
      seen.push(request.method);
      held.push(() => response.end());
    };
    const writes = Array.from({ length: 200 }, () =>
      fenced.send(PUT).then(
        () => 'sent',
        (error: unknown) => (error instanceof FencedError ? 'kept' : String(error)),
      ),
    );
    while (held.length < 64) await new Promise((resolve) => setTimeout(resolve, 5));
    may = false;
    for (const end of held.splice(0)) end();
    const outcomes = await Promise.all(writes);
    assert.deepEqual(
      [
        outcomes.filter((each) => each === 'sent').length,
        outcomes.filter((each) => each === 'kept').length,
        seen.length,
      ],
      [64, 136, 64],
    );
  });
});

const WAITS: Record<string, { header: string | undefined; ms: number | undefined }> = {
  'seconds are milliseconds': { header: '3', ms: 3_000 },
  'no header is no wish': { header: undefined, ms: undefined },
  'what is no number is no wish': { header: 'soon', ms: undefined },
  'a time in the past is no wish': { header: '-1', ms: undefined },
};
describe('Retry-After', () => {
  for (const [name, { header, ms }] of Object.entries(WAITS)) {
    test(name, async () => {
      answer = (_, response) => response.writeHead(503, header === undefined ? {} : { 'retry-after': header }).end();
      const { status, retryAfterMs } = await transport.send(GET);
      assert.deepEqual({ status, retryAfterMs }, { status: 503, retryAfterMs: ms });
    });
  }
});
