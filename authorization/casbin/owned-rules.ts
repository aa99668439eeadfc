/** The Rules of one owner on the API server: what there is, and writing what there should be. The adapter calls it. */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import { type Rule, rules } from '../../api/auth/rule.ts';
import type { Client } from '../../runtime/client/client.ts';
import { isAlreadyExists } from '../../runtime/errors.ts';
import { Writes } from '../../runtime/loop/bounded-writes.ts';
import { type Classify, classifyBy, diffRules } from '../rules/diff-rules.ts';
import type { Effect } from '../rules/line.ts';
import { OWNER_KIND_LABEL, OWNER_NAME_LABEL, type Owner, ownerLabel, type RuleObject } from '../rules/rule-object.ts';
import { mayOwnRules, trustRule } from '../rules/trust.ts';

/** What writing needs of a client. */
export type RuleClient = Pick<Client, 'list' | 'get' | 'create' | 'delete'>;

const PARALLEL_WRITES = 8;

export class OwnedRules {
  readonly owner: Owner;
  readonly #client: RuleClient;
  readonly #writes = new Writes(PARALLEL_WRITES);

  /** Throws for a kind whose Rules are not honoured. */
  constructor(client: RuleClient, owner: Owner) {
    if (!mayOwnRules(owner.kind)) {
      throw new Error(
        `a ${owner.kind} can't own Rules: the kinds that can are ${OWNER_KINDS.map(({ kind }) => kind).join(', ')}`,
      );
    }
    this.owner = owner;
    this.#client = client;
  }

  isOwn(other: Owner): boolean {
    const { kind, name, uid } = this.owner;
    return other.kind === kind && other.name === name && other.uid === uid;
  }

  /** The honoured Rules of the owner, asked of the API server itself: a cache may not know yet what was written last. */
  async list(): Promise<RuleObject[]> {
    const { kind, name } = this.owner;
    const labelSelector = `${OWNER_KIND_LABEL}=${kind},${OWNER_NAME_LABEL}=${ownerLabel(name)}`;
    const found = await this.#client.list<Rule>(rules, { labelSelector });
    return found.filter((rule) => {
      const trust = trustRule(rule);
      return trust.honoured && this.isOwn(trust.owner);
    });
  }

  /** From the `existing` Rules to the `desired` ones, in the safe order; an error stops it after the step it happened in. */
  async write(existing: readonly RuleObject[], desired: readonly RuleObject[], classify: Classify): Promise<void> {
    const once = [...new Map(desired.map((rule) => [rule.metadata.name, rule])).values()];
    for (const { verb, rules: step } of diffRules(existing, once, classify)) {
      await this.#writes.all(step.map((rule) => () => (verb === 'create' ? this.#create(rule) : this.#remove(rule))));
    }
  }

  async #create(rule: RuleObject): Promise<void> {
    try {
      await this.#client.create<RuleObject>(rules, rule);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const live = await this.#client.get(rules, rule.metadata);
      const trust = live === undefined ? undefined : trustRule(live);
      if (trust?.honoured === true && this.isOwn(trust.owner)) return;
      const why =
        trust?.honoured === false ? trust.message : `it belongs to an earlier ${this.owner.kind} ${this.owner.name}`;
      throw new Error(`cannot create Rule ${rule.metadata.name}: one of that name is in the way, and ${why}`, {
        cause: error,
      });
    }
  }

  async #remove({ metadata }: RuleObject): Promise<void> {
    await this.#client.delete(rules, metadata, metadata.uid === undefined ? {} : { uid: metadata.uid });
  }
}

/** What lines grant, with the effects that policies have in any of these Rules; of a policy with both, or none, nothing is known. */
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
