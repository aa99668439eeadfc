/** The hub that every stage of the benchmark works on. */
import type { Stack } from '../../hack/local/stack.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Etcd } from './etcd.ts';

export interface Hub {
  readonly stack: Stack;
  /** A client with the rights of an administrator. */
  readonly client: Client;
  readonly etcd: Etcd;
  readonly say: (line: string) => void;
}

/** The seconds since `started` (performance.now()), as text. */
export function secondsSince(started: number): string {
  return ((performance.now() - started) / 1_000).toFixed(1);
}
