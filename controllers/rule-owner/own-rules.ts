/**
 * The Rules that a process has written, as it knows them: its cache, corrected by what it wrote and the cache has not
 * told of yet. Without that, a second change of an object could be compared with Rules from before the first one, and
 * leave or miss some for a moment. It also knows by which version of the Rules an owner was last restricted, by us or by
 * whoever else removed a Rule of his, so that the status need not call in force what a replica has not seen.
 */
import { createHash } from 'node:crypto';
import type { Rule } from '../../api/auth/rule.ts';
import { ownerOf } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import { ownerKey } from './owner.ts';

/** The index of the Rule cache by owner: `KIND/NAME`. */
export const BY_OWNER = 'owner';

interface Written {
  /** The Rule as it was written; undefined when it was removed. */
  readonly rule: Rule | undefined;
  readonly uid: string | undefined;
  /** What the cache must have seen before it may be believed again. */
  readonly version: number;
}

export interface Restriction {
  /** Whoever has seen every change up to this version has seen all of it, once none is open. */
  readonly version: number;
  /** How many removals the cache has not told of yet. */
  readonly open: number;
  readonly sinceMs: number;
}

/** A Rule that was removed: by whose controller, and the last version of it that is known. */
interface Removed {
  readonly owner: string;
  readonly name: string;
  readonly version: number;
}

type RuleCache = Pick<Informer<Rule>, 'store' | 'version' | 'onChange'>;

export class OwnRules {
  readonly #cache: RuleCache;
  readonly #now: () => number;
  readonly #written = new Map<string, Map<string, Written>>();
  /** The names of the Rules that an owner had when they were last as they should be. */
  readonly #asWanted = new Map<string, string>();
  readonly #restrictions = new Map<string, Restriction>();
  /** The removed Rules that the cache has not told of yet, by uid. */
  readonly #open = new Map<string, Removed>();
  /** What a process before may have restricted was seen everywhere by this version; undefined once it is known to be. */
  #floor: number | undefined;
  /** While another process leads, it is the one to wait for what goes. */
  #working = false;

  constructor(cache: RuleCache, now: () => number = Date.now) {
    this.#cache = cache;
    this.#now = now;
    cache.onChange(({ type, object, old }) => {
      if (type === 'deleted') this.#gone(old ?? object);
      else if (old !== undefined && trustRule(old).honoured && !trustRule(object).honoured) this.#lost(old);
    });
  }

  /** To be called when work begins: what a process before may have restricted is in the cache by now. */
  begin(): void {
    this.#floor = this.#cache.version;
    this.#restrictions.clear();
    this.#working = true;
  }

  /** To be called when work ends. */
  end(): void {
    this.#working = false;
  }

  /** The Rules of an owner. */
  of(owner: string): Rule[] {
    const written = this.#unconfirmed(owner);
    const cached = this.#cache.store.byIndex(BY_OWNER, owner);
    if (written === undefined) return cached;
    const others = cached.filter(({ metadata }) => !written.has(metadata.name));
    return [...others, ...[...written.values()].flatMap(({ rule }) => rule ?? [])];
  }

  /** A Rule was created or changed; `rule` is the answer. */
  wrote(owner: string, rule: Rule, restricts: boolean): void {
    const version = Number(rule.metadata.resourceVersion ?? 0);
    this.#note(owner, rule.metadata.name, { rule, uid: rule.metadata.uid, version });
    if (restricts) this.#restrict(owner, version);
  }

  /** A Rule was removed, as it was known. */
  removed(owner: string, { metadata: { name, uid, resourceVersion } }: Rule): void {
    const version = Number(resourceVersion ?? 0);
    this.#note(owner, name, { rule: undefined, uid, version });
    if (uid === undefined || this.#open.has(uid) || this.#lacks(name, uid, version))
      return this.#restrict(owner, this.#cache.version);
    this.#open.set(uid, { owner, name, version });
    this.#restrict(owner, 0, 1);
  }

  /** The Rules of an owner are these now. Whether they were to be the same before: then whatever was written mended them. */
  settle(owner: string, names: Iterable<string>): boolean {
    const digest = createHash('sha256')
      .update([...names].sort().join())
      .digest('base64');
    const wasWanted = this.#asWanted.get(owner) === digest;
    this.#asWanted.set(owner, digest);
    return wasWanted;
  }

  /** What was restricted since it was last acknowledged; undefined when nothing was. */
  restriction(owner: string): Restriction | undefined {
    if ((this.#restrictions.get(owner)?.open ?? 0) > 0) this.#closeUntold(owner);
    return this.#restrictions.get(owner);
  }

  /** For an owner of which a process before may have restricted something, which can't be known. */
  suspect(owner: string): void {
    if (this.#floor !== undefined && !this.#restrictions.has(owner)) this.#restrict(owner, this.#floor);
  }

  /** A restriction of an owner is in force everywhere. False when there is a newer one by now. */
  acknowledge(owner: string, { version, open }: Restriction): boolean {
    // Replicas that come later read everything anew, and so are never behind this.
    if (open === 0 && this.#floor !== undefined && version >= this.#floor) this.#floor = undefined;
    const known = this.#restrictions.get(owner);
    if (known !== undefined && (known.version > version || known.open > 0)) return false;
    this.#restrictions.delete(owner);
    return true;
  }

  /** The owner is no more. */
  forget(owner: string): void {
    this.#restrictions.delete(owner);
    this.#asWanted.delete(owner);
    for (const [uid, removed] of this.#open) if (removed.owner === owner) this.#open.delete(uid);
  }

  #note(owner: string, name: string, written: Written): void {
    const known = this.#written.get(owner) ?? new Map<string, Written>();
    known.set(name, written);
    this.#written.set(owner, known);
  }

  #restrict(owner: string, version: number, open = 0): void {
    const known = this.#restrictions.get(owner) ?? { version: 0, open: 0, sinceMs: this.#now() };
    this.#restrictions.set(owner, { ...known, version: Math.max(known.version, version), open: known.open + open });
  }

  #gone(rule: Rule): void {
    const { uid = '' } = rule.metadata;
    const removed = this.#open.get(uid);
    if (removed === undefined) this.#lost(rule);
    else this.#close(uid, removed);
  }

  /** Somebody else has taken a Rule away. It takes effect as our own removals do, and may be followed by the owner's end. */
  #lost(rule: Rule): void {
    const owner = ownerOf(rule);
    if (this.#working && owner !== undefined) this.#restrict(ownerKey(owner), this.#cache.version);
  }

  #close(uid: string, removed: Removed): void {
    this.#open.delete(uid);
    if (this.#restrictions.has(removed.owner)) this.#restrict(removed.owner, this.#cache.version, -1);
  }

  /**
   * A cache that was read anew does not tell of everything: not of a Rule that came and went meanwhile, nor, but as a
   * change, of one that went and came again.
   */
  #closeUntold(owner: string): void {
    for (const [uid, removed] of this.#open) {
      if (removed.owner === owner && this.#lacks(removed.name, uid, removed.version)) this.#close(uid, removed);
    }
  }

  /** Whether the cache has come past this Rule and no longer holds it. */
  #lacks(name: string, uid: string | undefined, version: number): boolean {
    return this.#cache.version >= version && this.#cache.store.get(name)?.metadata.uid !== uid;
  }

  /** What was written and is still to be told of; what was told of is forgotten. */
  #unconfirmed(owner: string): ReadonlyMap<string, Written> | undefined {
    const written = this.#written.get(owner);
    if (written === undefined) return undefined;
    for (const [name, each] of written) {
      if (!this.#isConfirmed(name, each)) continue;
      written.delete(name);
      // It went while the cache was read anew, which tells of no Rule that came and went meanwhile.
      if (each.rule !== undefined && this.#lacks(name, each.uid, each.version)) this.#lost(each.rule);
    }
    if (written.size > 0) return written;
    this.#written.delete(owner);
    return undefined;
  }

  #isConfirmed(name: string, { rule, uid, version }: Written): boolean {
    return rule === undefined ? this.#lacks(name, uid, version) : this.#cache.version >= version;
  }
}
