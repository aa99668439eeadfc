/**
 * Restrictions: the version of the Rules at which an owner last lost a right, through this process or through anyone else.
 * A status must not say that the owner is in force while a replica has not reached that version (docs/adr/0008).
 */
import type { Rule } from '../../api/auth/rule.ts';
import { ownerOf } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import { ownerKey } from './owner.ts';

export type RuleCache = Pick<Informer<Rule>, 'store' | 'version' | 'onChange'>;

export interface Restriction {
  /** A replica that has reached this version has applied the restriction, provided that no removal is open. */
  readonly version: number;
  /** The number of removals that the watch has not delivered yet; their versions are not known before. */
  readonly open: number;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** A Rule as a process last saw it. */
export interface SeenRule {
  readonly name: string;
  readonly uid: string | undefined;
  readonly version: number;
}

/** Whether the cache has passed this version of a Rule and does not hold it. */
export function lacks(cache: RuleCache, { name, uid, version }: SeenRule): boolean {
  return cache.version >= version && cache.store.get(name)?.metadata.uid !== uid;
}

export class Restrictions {
  readonly #cache: RuleCache;
  readonly #now: () => number;
  readonly #byOwner = new Map<string, Restriction>();
  /** The Rules that this process removed and whose removal the watch has not delivered yet, by uid. */
  readonly #open = new Map<string, SeenRule & { readonly owner: string }>();
  /** No restriction by an earlier process is later than this version. Undefined once all replicas have reached it. */
  #floor: number | undefined;
  /** While another process leads, that process waits for removals. */
  #working = false;

  constructor(cache: RuleCache, now: () => number) {
    this.#cache = cache;
    this.#now = now;
    cache.onChange(({ type, object, old }) => {
      if (type === 'deleted') this.#deleted(old ?? object);
      else if (old !== undefined && trustRule(old).honoured && !trustRule(object).honoured) this.lost(old);
    });
  }

  /** Call it when work begins, with a synced cache: it includes every write of an earlier process. */
  begin(): void {
    this.#floor = this.#cache.version;
    this.#byOwner.clear();
    this.#working = true;
  }

  /** Call it when work ends. */
  end(): void {
    this.#working = false;
  }

  /** The restriction of an owner since the last acknowledgement; undefined when there is none. */
  of(owner: string): Restriction | undefined {
    if ((this.#byOwner.get(owner)?.open ?? 0) > 0) this.#closeUndelivered(owner);
    return this.#byOwner.get(owner);
  }

  /** A write that takes a right away got this version. */
  restricted(owner: string, version: number): void {
    this.#restrict(owner, version);
  }

  /** This process removed a Rule. */
  removed(owner: string, rule: SeenRule): void {
    const { uid } = rule;
    if (uid === undefined || this.#open.has(uid) || lacks(this.#cache, rule))
      return this.#restrict(owner, this.#cache.version);
    this.#open.set(uid, { ...rule, owner });
    this.#restrict(owner, 0, 1);
  }

  /** Someone else removed a Rule. It restricts the owner like a removal of ours: the owner may be deleted right after it. */
  lost(rule: Rule): void {
    const owner = ownerOf(rule);
    if (this.#working && owner !== undefined) this.#restrict(ownerKey(owner), this.#cache.version);
  }

  /** Assumes that an earlier process has restricted the owner: this process can't know. */
  suspect(owner: string): void {
    if (this.#floor !== undefined && !this.#byOwner.has(owner)) this.#restrict(owner, this.#floor);
  }

  /** Drops a restriction that every replica has applied. False when the owner has been restricted again since. */
  acknowledge(owner: string, { version, open }: Restriction): boolean {
    // A replica that starts later reads all Rules first, so it is never behind this version.
    if (open === 0 && this.#floor !== undefined && version >= this.#floor) this.#floor = undefined;
    const known = this.#byOwner.get(owner);
    if (known !== undefined && (known.version > version || known.open > 0)) return false;
    this.#byOwner.delete(owner);
    return true;
  }

  /** Drops what is known of an owner that no longer exists. */
  forget(owner: string): void {
    this.#byOwner.delete(owner);
    for (const [uid, removed] of this.#open) if (removed.owner === owner) this.#open.delete(uid);
  }

  #restrict(owner: string, version: number, open = 0): void {
    const known = this.#byOwner.get(owner) ?? { version: 0, open: 0, sinceMs: this.#now() };
    this.#byOwner.set(owner, { ...known, version: Math.max(known.version, version), open: known.open + open });
  }

  #deleted(rule: Rule): void {
    const { uid = '' } = rule.metadata;
    const removed = this.#open.get(uid);
    if (removed === undefined) this.lost(rule);
    else this.#close(uid, removed.owner);
  }

  #close(uid: string, owner: string): void {
    this.#open.delete(uid);
    if (this.#byOwner.has(owner)) this.#restrict(owner, this.#cache.version, -1);
  }

  /**
   * Closes removals that the watch will never deliver. A cache that was listed again reports no Rule that was created and
   * removed in between, and a Rule that was removed and created again only as a change.
   */
  #closeUndelivered(owner: string): void {
    for (const [uid, removed] of this.#open)
      if (removed.owner === owner && lacks(this.#cache, removed)) this.#close(uid, owner);
  }
}
