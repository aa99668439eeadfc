/**
 * The Rules of the owners of this process: its cache, corrected by the writes that the watch has not delivered yet.
 * Without the correction, a second change of an object could be compared with the Rules from before the first change, and
 * leave or miss some of them for a moment.
 */
import { createHash } from 'node:crypto';
import type { Rule } from '../../api/auth/rule.ts';
import { lacks, Restrictions, type RuleCache, type SeenRule } from './restrictions.ts';

/** The index of the Rule cache by owner, with keys `KIND/NAME`. */
export const BY_OWNER = 'owner';

/** A write of this process. */
interface Written extends SeenRule {
  /** The Rule as it was written; undefined when it was removed. */
  readonly rule: Rule | undefined;
}

export class OwnRules {
  readonly restrictions: Restrictions;
  readonly #cache: RuleCache;
  readonly #written = new Map<string, Map<string, Written>>();
  /** Digests of the names of the Rules that the last reconciliation of an owner wanted. */
  readonly #lastWanted = new Map<string, string>();

  constructor(cache: RuleCache, now: () => number = Date.now) {
    this.#cache = cache;
    this.restrictions = new Restrictions(cache, now);
  }

  /** The Rules of an owner. */
  of(owner: string): Rule[] {
    const written = this.#undelivered(owner);
    const cached = this.#cache.store.byIndex(BY_OWNER, owner);
    if (written === undefined) return cached;
    const others = cached.filter(({ metadata }) => !written.has(metadata.name));
    return [...others, ...[...written.values()].flatMap(({ rule }) => rule ?? [])];
  }

  /** Notes that a Rule was created or changed; `rule` is the API server's answer. */
  wrote(owner: string, rule: Rule, restricts: boolean): void {
    const seen = seenRule(rule);
    this.#note(owner, { ...seen, rule });
    if (restricts) this.restrictions.restricted(owner, seen.version);
  }

  /** Notes that a Rule was removed; `rule` is its last known state. */
  removed(owner: string, rule: Pick<Rule, 'metadata'>): void {
    const seen = seenRule(rule);
    this.#note(owner, { ...seen, rule: undefined });
    this.restrictions.removed(owner, seen);
  }

  /**
   * Notes that the Rules of an owner now have these names. Returns whether the last reconciliation wanted the same ones:
   * then everything that was written repaired drift.
   */
  settle(owner: string, names: Iterable<string>): boolean {
    const digest = createHash('sha256')
      .update([...names].sort().join())
      .digest('base64');
    const isUnchanged = this.#lastWanted.get(owner) === digest;
    this.#lastWanted.set(owner, digest);
    return isUnchanged;
  }

  /** Drops what is known of an owner that no longer exists. */
  forget(owner: string): void {
    this.restrictions.forget(owner);
    this.#lastWanted.delete(owner);
  }

  #note(owner: string, written: Written): void {
    const known = this.#written.get(owner) ?? new Map<string, Written>();
    known.set(written.name, written);
    this.#written.set(owner, known);
  }

  /** The writes to an owner's Rules that the cache does not include yet. Drops the others. */
  #undelivered(owner: string): ReadonlyMap<string, Written> | undefined {
    const written = this.#written.get(owner);
    if (written === undefined) return undefined;
    for (const [name, each] of written) {
      if (!this.#isDelivered(each)) continue;
      written.delete(name);
      // It was removed while the cache was listed again, and the cache never held it.
      if (each.rule !== undefined && lacks(this.#cache, each)) this.restrictions.lost(each.rule);
    }
    if (written.size > 0) return written;
    this.#written.delete(owner);
    return undefined;
  }

  #isDelivered(written: Written): boolean {
    return written.rule === undefined ? lacks(this.#cache, written) : this.#cache.version >= written.version;
  }
}

function seenRule({ metadata: { name, uid, resourceVersion } }: Pick<Rule, 'metadata'>): SeenRule {
  return { name, uid, version: Number(resourceVersion ?? 0) };
}
