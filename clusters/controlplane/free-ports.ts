/**
 * Finds free ports of the loopback interface. Another program may still take a port before it is used. Where the search
 * starts makes it unlikely that this is another Steward process, or an outgoing connection.
 */
import { createServer } from 'node:net';

/** Below the ports that Linux (from 32768) and macOS (from 49152) use for outgoing connections. */
const FIRST = 10_000;
const END = 32_768;
/** The distance between the first ports of two processes: more than any process requests before it uses them. */
const STRIDE = 97;

let next = FIRST + ((process.pid * STRIDE) % (END - FIRST));

/**
 * Returns `count` different ports. A process gets no port twice before it got all others. Throws when too few are free.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried++) {
    if (tried === END - FIRST) throw new Error(`no free port from ${FIRST} to ${END - 1} on 127.0.0.1`);
    const port = next;
    next = port + 1 === END ? FIRST : port + 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** Whether no program listens on the port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
