/**
 * The Rules of the owners of this process: its cache, corrected by the writes that the watch has not delivered yet.
 * Without the correction, a second change of an object could be compared with the Rules from before the first change, and
 * leave or miss some of them for a moment.
 *
 * It also tracks restrictions: the version of the Rules at which an owner last lost a right, through this process or
 * through anyone else. A status must not say that the owner is in force while a replica has not reached that version.
 */
import { createHash } from 'node:crypto';
import type { Rule } from '../../api/auth/rule.ts';
import { ownerOf } from '../../authorization/rules/rule-object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import { ownerKey } from './owner.ts';

/** The index of the Rule cache by owner, with keys `KIND/NAME`. */
export const BY_OWNER = 'owner';

interface Written {
  /** The Rule as it was written; undefined when it was removed. */
  readonly rule: Rule | undefined;
  readonly uid: string | undefined;
  /** From this version on, the cache includes the write. */
  readonly version: number;
}

export interface Restriction {
  /** A replica that has reached this version has applied the restriction, provided that no removal is open. */
  readonly version: number;
  /** The number of removals that the watch has not delivered yet; their versions are not known before. */
  readonly open: number;
  readonly sinceMs: number;
}

/** A Rule that this process removed, with its last known version. */
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
  /** Digests of the names of the Rules that the last reconciliation of an owner wanted. */
  readonly #lastWanted = new Map<string, string>();
  readonly #restrictions = new Map<string, Restriction>();
  /** The removed Rules whose removal the watch has not delivered yet, by uid. */
  readonly #open = new Map<string, Removed>();
  /**
   * Every restriction by an earlier process lies at or before this version. Undefined once all replicas have reached it.
   */
  #floor: number | undefined;
  /** While another process leads, that process waits for removals. */
  #working = false;

  constructor(cache: RuleCache, now: () => number = Date.now) {
    this.#cache = cache;
    this.#now = now;
    cache.onChange(({ type, object, old }) => {
      if (type === 'deleted') this.#gone(old ?? object);
      else if (old !== undefined && trustRule(old).honoured && !trustRule(object).honoured) this.#lost(old);
    });
  }

  /** Call it when work begins, with a synced cache: it includes every write of an earlier process. */
  begin(): void {
    this.#floor = this.#cache.version;
    this.#restrictions.clear();
    this.#working = true;
  }

  /** Call it when work ends. */
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

  /** Notes that a Rule was created or changed; `rule` is the API server's answer. */
  wrote(owner: string, rule: Rule, restricts: boolean): void {
    const version = Number(rule.metadata.resourceVersion ?? 0);
    this.#note(owner, rule.metadata.name, { rule, uid: rule.metadata.uid, version });
    if (restricts) this.#restrict(owner, version);
  }

  /** Notes that a Rule was removed; the argument is its last known state. */
  removed(owner: string, { metadata: { name, uid, resourceVersion } }: Rule): void {
    const version = Number(resourceVersion ?? 0);
    this.#note(owner, name, { rule: undefined, uid, version });
    if (uid === undefined || this.#open.has(uid) || this.#lacks(name, uid, version))
      return this.#restrict(owner, this.#cache.version);
    this.#open.set(uid, { owner, name, version });
    this.#restrict(owner, 0, 1);
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

  /** The restriction of an owner since the last acknowledgement; undefined when there is none. */
  restriction(owner: string): Restriction | undefined {
    if ((this.#restrictions.get(owner)?.open ?? 0) > 0) this.#closeUndelivered(owner);
    return this.#restrictions.get(owner);
  }

  /** Assumes that an earlier process has restricted the owner: this process can't know. */
  suspect(owner: string): void {
    if (this.#floor !== undefined && !this.#restrictions.has(owner)) this.#restrict(owner, this.#floor);
  }

  /** Drops a restriction that every replica has applied. False when the owner has been restricted again since. */
  acknowledge(owner: string, { version, open }: Restriction): boolean {
    // A replica that starts later reads all Rules first, so it is never behind this version.
    if (open === 0 && this.#floor !== undefined && version >= this.#floor) this.#floor = undefined;
    const known = this.#restrictions.get(owner);
    if (known !== undefined && (known.version > version || known.open > 0)) return false;
    this.#restrictions.delete(owner);
    return true;
  }

  /** Drops what is known of an owner that no longer exists. */
  forget(owner: string): void {
    this.#restrictions.delete(owner);
    this.#lastWanted.delete(owner);
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

  /** Someone else removed a Rule. It restricts the owner like a removal of ours: the owner may be deleted right after it. */
  #lost(rule: Rule): void {
    const owner = ownerOf(rule);
    if (this.#working && owner !== undefined) this.#restrict(ownerKey(owner), this.#cache.version);
  }

  #close(uid: string, removed: Removed): void {
    this.#open.delete(uid);
    if (this.#restrictions.has(removed.owner)) this.#restrict(removed.owner, this.#cache.version, -1);
  }

  /**
   * Closes removals that the watch will never deliver. A cache that was listed again reports no Rule that was created and
   * removed in between, and a Rule that was removed and created again only as a change.
   */
  #closeUndelivered(owner: string): void {
    for (const [uid, removed] of this.#open) {
      if (removed.owner === owner && this.#lacks(removed.name, uid, removed.version)) this.#close(uid, removed);
    }
  }

  /** Whether the cache has passed this version of the Rule and does not hold it. */
  #lacks(name: string, uid: string | undefined, version: number): boolean {
    return this.#cache.version >= version && this.#cache.store.get(name)?.metadata.uid !== uid;
  }

  /** The writes to an owner's Rules that the cache does not include yet. Drops the others. */
  #unconfirmed(owner: string): ReadonlyMap<string, Written> | undefined {
    const written = this.#written.get(owner);
    if (written === undefined) return undefined;
    for (const [name, each] of written) {
      if (!this.#isConfirmed(name, each)) continue;
      written.delete(name);
      // It was removed while the cache was listed again, and the cache never held it.
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
