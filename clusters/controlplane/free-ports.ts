/**
 * Ports of the loopback interface that nobody listens on. Another program may still take one before it is used; that
 * it is a process of ours, or an outgoing connection, is made improbable by where they are looked for.
 */
import { createServer } from 'node:net';

/** Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections. */
const FIRST = 10_000;
const END = 32_768;
/** Processes begin this far from each other: more than any of them asks for before the first are in use. */
const STRIDE = 97;

let next = FIRST + ((process.pid * STRIDE) % (END - FIRST));

/** `count` different ports; none is given twice by one process before all others were. Throws when there are none left. */
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

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
