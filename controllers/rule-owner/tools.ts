/** What the reconciliation of an owner works with: the hub, the caches, and a clock. */
import type { OwnerReason } from '../../api/auth/reasons.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Effect } from '../../authorization/rules/line.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Replicas } from '../../runtime/election/replicas.ts';
import type { BoundedWrites } from '../../runtime/loop/bounded-writes.ts';
import type { OwnRules } from './own-rules.ts';
import type { Stores } from './owner.ts';
import type { Targets } from './targets.ts';

/** Keeps an owner until its Rules are gone. */
export const RULES_FINALIZER = 'auth.tkestack.io/rules';

export interface OwnerTools {
  readonly client: Client;
  readonly writes: BoundedWrites;
  readonly events: OwnerEvents;
  readonly stores: Stores;
  readonly ownRules: OwnRules;
  /** Compares the targets of edges in the cache with those on the API server. */
  readonly targets: Pick<Targets, 'changed'>;
  /** The authorizer replicas. */
  readonly replicas: Pick<Replicas, 'behind'>;
  /** The effect of the policy that a node stands for; undefined for any other node. */
  readonly effectOf: (node: string) => Effect | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** An EventRecorder that takes registered reasons only. */
export interface OwnerEvents {
  record(object: KubeObject, type: 'Normal' | 'Warning', reason: OwnerReason, message: string): void;
}
