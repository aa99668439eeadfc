/**
 * The rules as linked records: names, and the edges and permissions between them. A walk follows pointers, not keys.
 * Only RuleIndex makes and changes them; everything else reads.
 */
import type { Effect } from '../rules/line.ts';
import type { Pattern } from './pattern.ts';
import type { PermissionTable } from './permission-table.ts';
import type { View } from './view.ts';

/** The object that a Rule stands for: what a person would change to change the rule. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** When an edge stops to count. */
export interface End {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** As it was written. */
  readonly text: string;
}

/** A `g` line: `member` holds what `of` holds, in `domain`. */
export interface Edge {
  /** The Rule that the line is from. */
  readonly rule: string;
  readonly owner: Owner;
  readonly member: Name;
  readonly of: Name;
  readonly domain: string;
  readonly end: End | undefined;
}

/** A `p` line: what a policy says about one kind of object and action. */
export interface Permission {
  readonly rule: string;
  readonly owner: Owner;
  readonly policy: Name;
  readonly effect: Effect;
  readonly object: Pattern;
  readonly action: Pattern;
  /** The number of its action (see actions.ts). */
  readonly actionId: number;
}

/** Anything that a line calls by name: a user, a group, a role or a policy. */
export class Name {
  readonly text: string;
  /** The edges that lead on from here. */
  readonly edges: Edge[] = [];
  /** The edges that lead here; a set, because a group may have a hundred thousand members, and each may leave. */
  members: Set<Edge> | undefined = undefined;
  allows: PermissionTable | undefined = undefined;
  denies: PermissionTable | undefined = undefined;
  /** What was found from here (see view-cache.ts). */
  views: View[] | undefined = undefined;
  /** The last walk that came by: cheaper than a set of those seen. */
  seenBy = 0;

  constructor(text: string) {
    this.text = text;
  }
}

let walks = 0;

/** A number for a walk, that no name has been marked with. */
export function newWalk(): number {
  walks += 1;
  return walks;
}
