/**
 * Chains as data: the path from a subject over the edges to a line of a policy, each step with its Rule and the object
 * that owns the Rule. Explanations consist of chains. They serialize to JSON as they are.
 */
import type { Effect } from '../rules/line.ts';
import type { Edge, Owner, Permission } from './graph.ts';

export interface Chain {
  readonly subject: string;
  /** From the subject to the policy; empty when the line names the subject itself. */
  readonly links: readonly Link[];
  readonly line: ChainLine;
}

/** One edge of a chain: `member` holds what `of` holds. */
export interface Link {
  readonly member: string;
  readonly of: string;
  readonly domain: string;
  /** The RFC 3339 time at which the edge ends; absent when it has no end. */
  readonly notAfter?: string;
  readonly rule: string;
  readonly owner: Owner;
}

/** The policy's line at the end of a chain. */
export interface ChainLine {
  readonly policy: string;
  readonly object: string;
  readonly action: string;
  readonly effect: Effect;
  readonly rule: string;
  readonly owner: Owner;
}

/** The chain from `subject` over `edges`, in walking order, to `permission`. */
export function chainOf(subject: string, edges: readonly Edge[], permission: Permission): Chain {
  return { subject, links: edges.map(linkOf), line: lineOf(permission) };
}

/** A permission as the end of a chain. */
export function lineOf({ policy, object, action, effect, rule, owner }: Permission): ChainLine {
  return { policy: policy.text, object: object.source, action: action.source, effect, rule, owner };
}

function linkOf({ member, of, domain, end, rule, owner }: Edge): Link {
  const link = { member: member.text, of: of.text, domain, rule, owner };
  return end === undefined ? link : { ...link, notAfter: end.text };
}
