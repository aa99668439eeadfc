/**
 * Chains as data: how a permission came to apply, from a subject over the edges to a policy's line, each with the Rule
 * and the object that it is from. They are what explanations are made of, and are JSON as they stand.
 */
import type { Effect } from '../rules/line.ts';
import type { Edge, Owner, Permission } from './graph.ts';

export interface Chain {
  readonly subject: string;
  /** From the subject to the policy; empty when the line names the subject itself. */
  readonly links: readonly Link[];
  readonly line: ChainLine;
}

/** An edge of a chain: `member` holds what `of` holds. */
export interface Link {
  readonly member: string;
  readonly of: string;
  readonly domain: string;
  /** RFC 3339 time at which it ends; absent when it does not. */
  readonly notAfter?: string;
  readonly rule: string;
  readonly owner: Owner;
}

/** The line of the policy at a chain's end. */
export interface ChainLine {
  readonly policy: string;
  readonly object: string;
  readonly action: string;
  readonly effect: Effect;
  readonly rule: string;
  readonly owner: Owner;
}

/** The chain over `edges`, in walking order. */
export function chainOf(subject: string, edges: readonly Edge[], permission: Permission): Chain {
  return { subject, links: edges.map(linkOf), line: lineOf(permission) };
}

export function lineOf({ policy, object, action, effect, rule, owner }: Permission): ChainLine {
  return { policy: policy.text, object: object.source, action: action.source, effect, rule, owner };
}

function linkOf({ member, of, domain, end, rule, owner }: Edge): Link {
  const link = { member: member.text, of: of.text, domain, rule, owner };
  return end === undefined ? link : { ...link, notAfter: end.text };
}
