/** The Rules of one owner on the API server, read and written for the adapter. */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import { type Rule, rules } from '../../api/auth/rule.ts';
import type { Client } from '../../runtime/client/client.ts';
import { BoundedWrites } from '../../runtime/loop/bounded-writes.ts';
import { writeDifference } from '../rule-writes/write-difference.ts';
import { type Classify, classifyBy } from '../rules/diff-rules.ts';
import type { Effect } from '../rules/line.ts';
import {
  isSameOwner,
  OWNER_KIND_LABEL,
  OWNER_NAME_LABEL,
  type Owner,
  ownerLabel,
  type RuleObject,
} from '../rules/rule-object.ts';
import { isHeldBy, mayOwnRules, trustRule } from '../rules/trust.ts';

/** The part of a client that writing needs. */
export type RuleClient = Pick<Client, 'list' | 'get' | 'create' | 'delete'>;

const PARALLEL_WRITES = 8;

export class OwnedRules {
  readonly owner: Owner;
  readonly #client: RuleClient;
  readonly #writes = new BoundedWrites(PARALLEL_WRITES);

  /** Throws for a kind whose Rules are not honoured. */
  constructor(client: RuleClient, owner: Owner) {
    if (!mayOwnRules(owner.kind)) {
      const kinds = OWNER_KINDS.map(({ kind }) => kind).join(', ');
      throw new Error(`a ${owner.kind} can't own Rules; the kinds that can are ${kinds}`);
    }
    this.owner = owner;
    this.#client = client;
  }

  isOwn(other: Owner): boolean {
    return isSameOwner(other, this.owner);
  }

  /** The honoured Rules of the owner, read from the API server: a cache may not have the latest write yet. */
  async list(): Promise<RuleObject[]> {
    const { kind, name } = this.owner;
    const labelSelector = `${OWNER_KIND_LABEL}=${kind},${OWNER_NAME_LABEL}=${ownerLabel(name)}`;
    const found = await this.#client.list<Rule>(rules, { labelSelector });
    return found.filter((rule) => isHeldBy(rule, this.owner));
  }

  /**
   * Turns the `existing` Rules into the `desired` ones, in the safe order. Throws the first error after the step in which
   * it happened. An application never takes over a Rule that it does not own: a collision is an error.
   */
  async write(existing: readonly RuleObject[], desired: readonly RuleObject[], classify: Classify): Promise<void> {
    await writeDifference(existing, desired, {
      client: this.#client,
      writes: this.#writes,
      owner: this.owner,
      classify,
      onCollision: (live) => Promise.reject(this.#collision(live)),
    });
  }

  #collision(live: Rule): Error {
    const trust = trustRule(live);
    const { kind, name } = this.owner;
    const why = trust.honoured ? `it belongs to an earlier ${kind} ${name}` : trust.message;
    return new Error(`cannot create Rule ${live.metadata.name}: a Rule of that name exists, and ${why}`);
  }
}

/** Classifies lines by the effects of the policies in these Rules. A policy with both effects, or none, is unknown. */
export function classifyAmong(known: readonly RuleObject[]): Classify {
  const effects = new Map<string, Effect | undefined>();
  for (const rule of known) {
    const trust = trustRule(rule);
    if (!trust.honoured || trust.line.ptype !== 'p') continue;
    const { policy, effect } = trust.line;
    effects.set(policy, !effects.has(policy) || effects.get(policy) === effect ? effect : undefined);
  }
  return classifyBy((node) => effects.get(node));
}
