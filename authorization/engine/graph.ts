/**
 * The rules as linked records: names, and the edges and permissions between them. A walk follows pointers, not keys.
 * Only RuleIndex creates and changes them; everything else reads.
 */
import type { Effect } from '../rules/line.ts';
import type { Statement } from './pattern.ts';
import type { PermissionTable } from './permission-table.ts';

/** The object that owns a Rule: what a person would change to change the rule. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** When an edge stops counting. */
export interface End {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** As written in the Rule. */
  readonly text: string;
}

/** A `g` line: `member` holds what `of` holds, in `domain`. */
export interface Edge {
  /** The name of the Rule. */
  readonly rule: string;
  readonly owner: Owner;
  readonly member: Name;
  readonly of: Name;
  readonly domain: string;
  readonly end: End | undefined;
}

/** A `p` line: what a policy says about one kind of object and action. */
export interface Permission extends Statement {
  readonly rule: string;
  readonly owner: Owner;
  readonly policy: Name;
  readonly effect: Effect;
}

/** The permissions of one policy and effect. */
export type PolicyTable = PermissionTable<Permission>;

/** Anything that a line names: a user, a group, a role or a policy. */
export class Name {
  readonly text: string;
  /** The edges that start here. */
  readonly edges: Edge[] = [];
  /** The edges that end here. A set, because a group may have 100,000 group members, and removing one must be cheap. */
  members: Set<Edge> | undefined = undefined;
  allows: PolicyTable | undefined = undefined;
  denies: PolicyTable | undefined = undefined;
  /** The cached results of walks that start here (see view-cache.ts). */
  views: View[] | undefined = undefined;
  /** The last walk that visited this name. Cheaper than a set of visited names. */
  seenBy = 0;

  constructor(text: string) {
    this.text = text;
  }
}

/** A name that a walk reached, and how. */
export interface Reached {
  readonly name: Name;
  /** The edge that led here, and from where; both absent at the start of the walk. */
  readonly edge: Edge | undefined;
  readonly from: Reached | undefined;
}

/** What a name reaches in a domain (see view.ts). */
export interface View {
  readonly start: Name;
  readonly domain: string | undefined;
  /** The policies, nearest first. */
  readonly policies: readonly Reached[];
  /** What they allow and deny, in the same order. */
  readonly allows: readonly PolicyTable[];
  readonly denies: readonly PolicyTable[];
  /**
   * When the walk met edges with an end, the period in which the view holds: from the last past end until the next one.
   */
  readonly times: { readonly fromMs: number; readonly untilMs: number } | undefined;
  /** Whether the walk was cut off at its limit. The view is then empty, and no decision can be based on it. */
  readonly isCut: boolean;
  /** A view of an earlier epoch is stale (see view-cache.ts). */
  epoch: number;
}

let walks = 0;

/** A number for a new walk, which no name is marked with yet. */
export function newWalk(): number {
  walks += 1;
  return walks;
}
