/** What every stage of the bench works on. */
import type { Stack } from '../../hack/local/stack.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Etcd } from './etcd.ts';

export interface Hub {
  readonly stack: Stack;
  /** As the administrator. */
  readonly client: Client;
  readonly etcd: Etcd;
  readonly say: (line: string) => void;
}

/** For lines of text. */
export function secondsSince(started: number): string {
  return ((performance.now() - started) / 1_000).toFixed(1);
}
