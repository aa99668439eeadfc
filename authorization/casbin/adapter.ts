/**
 * Rule objects as the storage of casbin, the npm package: an Adapter, FilteredAdapter and BatchAdapter.
 *
 * In: the Rules of a RuleSource. Out: the lines of those that count, in casbin's model: Rules without an owner, changed
 * ones and those whose end has come are left out. Two Rules of one line, of two owners, are one line there.
 *
 * Rules are written by controllers, from Policies, Roles, Groups and bindings, so an adapter only reads, unless it is made
 * with `writeAs`: then it writes Rules of that one owner, an object which the application itself holds. Two things must
 * be given from outside. Where a Steward controller reconciles the owner, as it does every kind that may own Rules when
 * its controllers all run, that controller undoes such writes: only what it would write itself stays. And the hub's RBAC
 * and the ValidatingAdmissionPolicy steward-rule-writers must let the application write Rules of that kind; as they
 * come, they let nobody but the controllers.
 */
import type { BatchAdapter, FilteredAdapter, Model } from 'casbin';
import type { RuleLine } from '../rules/line.ts';
import { type Owner, ruleObject } from '../rules/rule-object.ts';
import { passes, readFilter } from './filter.ts';
import { type HeldLine, hasValues, lineOfValues, linesInForce, textOf, valuesOf, WIDTH } from './lines.ts';
import { classifyAmong, OwnedRules, type RuleClient } from './owned-rules.ts';
import type { RuleSource } from './rule-source.ts';

export interface RuleAdapterOptions {
  readonly source: RuleSource;
  /** Makes the adapter write the Rules of this owner. Without it each write is refused. */
  readonly writeAs?: { readonly client: RuleClient; readonly owner: Owner } | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/** An attempt to write what this adapter may not write. */
export class NotWritableError extends Error {
  readonly code = 'E_NOT_WRITABLE';
}

const READ_ONLY =
  'this adapter only reads: Rules are written by the Steward controllers; apply a Policy, Role, Group, ProjectPolicyBinding or Grant instead';

export class RuleAdapter implements FilteredAdapter, BatchAdapter {
  readonly #source: RuleSource;
  readonly #owned: OwnedRules | undefined;
  readonly #now: () => number;
  #filtered = false;
  /** The lines that others held at the last load. */
  #foreign: ReadonlySet<string> = new Set();

  /** Throws when the kind of the owner may not own Rules. */
  constructor({ source, writeAs, now }: RuleAdapterOptions) {
    this.#source = source;
    this.#owned = writeAs === undefined ? undefined : new OwnedRules(writeAs.client, writeAs.owner);
    this.#now = now ?? Date.now;
  }

  /** Adds every line that counts to the model. */
  async loadPolicy(model: Model): Promise<void> {
    const held = await this.#linesInForce();
    this.#filtered = false;
    this.#foreign = new Set(this.#ofOthers(held).map(({ line }) => textOf(line)));
    addLines(model, held);
  }

  /** Adds the lines that fit a RuleFilter; anything else is an error. */
  async loadFilteredPolicy(model: Model, filter: unknown): Promise<void> {
    const wanted = readFilter(filter);
    const held = await this.#linesInForce();
    this.#filtered = true;
    addLines(
      model,
      held.filter((each) => passes(each, wanted)),
    );
  }

  isFiltered(): boolean {
    return this.#filtered;
  }

  addPolicy(sec: string, ptype: string, rule: string[]): Promise<void> {
    return this.addPolicies(sec, ptype, [rule]);
  }

  /** Creates Rules of the owner; those that are there already are fine. */
  async addPolicies(_sec: string, ptype: string, rules: string[][]): Promise<void> {
    const owned = this.#writable();
    const desired = rules.map((values) => ruleObject(owned.owner, lineOfValues(ptype, values)));
    const known = await this.#source.read();
    await owned.write([], desired, classifyAmong([...known, ...desired]));
  }

  removePolicy(sec: string, ptype: string, rule: string[]): Promise<void> {
    return this.removePolicies(sec, ptype, [rule]);
  }

  /** Deletes the owner's Rules of these lines. A line that only others hold is an error, and nothing is deleted. */
  async removePolicies(_sec: string, ptype: string, rules: string[][]): Promise<void> {
    const unwanted = new Set(rules.map((values) => textOf(lineOfValues(ptype, values))));
    await this.#remove((line) => unwanted.has(textOf(line)));
  }

  /** The same for the lines that have these values from `fieldIndex` on, an empty one meaning any; no values, no lines. */
  async removeFilteredPolicy(_sec: string, ptype: string, fieldIndex: number, ...fieldValues: string[]): Promise<void> {
    await this.#remove(
      (line) => fieldValues.length > 0 && line.ptype === ptype && hasValues(line, fieldIndex, fieldValues),
    );
  }

  /**
   * Makes the owner's Rules the lines of the model, without those that came from others or that others hold now: what
   * somebody else has granted never becomes a grant of this owner, even where it was taken back since the last load.
   * A line that the owner holds stays as it is, with its end.
   */
  async savePolicy(model: Model): Promise<boolean> {
    const owned = this.#writable();
    if (this.#filtered)
      throw new NotWritableError('only a part of the Rules was loaded: saving it would delete the rest');
    const lines = linesOf(model);
    const [known, own] = [await this.#source.read(), await owned.list()];
    const elsewhere = new Set(this.#ofOthers(linesInForce(known, this.#now())).map(({ line }) => textOf(line))).union(
      this.#foreign,
    );
    const held = new Map(linesInForce(own, this.#now()).map(({ line, rule }) => [rule, textOf(line)]));
    const heldLines = new Set(held.values());
    const kept = own.filter((rule) => lines.has(held.get(rule) ?? ''));
    const added = [...lines].filter(([text]) => !heldLines.has(text) && !elsewhere.has(text));
    const desired = [...kept, ...added.map(([, line]) => ruleObject(owned.owner, line))];
    await owned.write(own, desired, classifyAmong([...known, ...own, ...desired]));
    return true;
  }

  /** All are checked before the first is deleted. */
  async #remove(isUnwanted: (line: RuleLine) => boolean): Promise<void> {
    const owned = this.#writable();
    const known = await this.#source.read();
    // At no time, so also those that have ended.
    const own = linesInForce(await owned.list(), -Infinity).filter(({ line }) => isUnwanted(line));
    const others = this.#ofOthers(linesInForce(known, this.#now())).filter(({ line }) => isUnwanted(line));
    const ownLines = new Set(own.map(({ line }) => textOf(line)));
    const foreign = others.filter(({ line }) => !ownLines.has(textOf(line)));
    if (foreign.length > 0) throw new NotWritableError(`cannot remove the line of another owner: ${holders(foreign)}`);
    const rules = own.map(({ rule }) => rule);
    await owned.write(rules, [], classifyAmong([...known, ...rules]));
    // casbin takes an error for "the line is still there", and it is.
    if (others.length > 0)
      throw new NotWritableError(`the own Rules are removed, but the lines stay: ${holders(others)}`);
  }

  #writable(): OwnedRules {
    if (this.#owned === undefined) throw new NotWritableError(READ_ONLY);
    return this.#owned;
  }

  async #linesInForce(): Promise<HeldLine[]> {
    return linesInForce(await this.#source.read(), this.#now());
  }

  #ofOthers(held: readonly HeldLine[]): HeldLine[] {
    return held.filter(({ owner }) => this.#owned?.isOwn(owner) !== true);
  }
}

/**
 * Adds lines that the model does not hold yet. casbin's own addPolicy compares each with every line that is there, which
 * is quadratic; its text form would have to be quoted.
 */
function addLines(model: Model, held: readonly HeldLine[]): void {
  const [permissions, edges] = [linesIn(model, 'p'), linesIn(model, 'g')];
  const known = new Set([
    ...permissions.map((values) => JSON.stringify(['p', ...values])),
    ...edges.map((values) => JSON.stringify(['g', ...values])),
  ]);
  for (const { line } of held) {
    const text = textOf(line);
    if (!known.has(text)) (line.ptype === 'p' ? permissions : edges).push(valuesOf(line));
    known.add(text);
  }
}

/** Where a model holds the lines of a type. Throws when it has another shape: values would be taken for what they are not. */
function linesIn(model: Model, ptype: 'p' | 'g'): string[][] {
  const assertion = model.model.get(ptype)?.get(ptype);
  if (assertion?.value.split(',').length === WIDTH[ptype]) return assertion.policy;
  throw new Error(`the model has no ${ptype} of ${WIDTH[ptype]} values: use authorization/engine/model.conf`);
}

/** Every line of a model by its text. Throws when one can't be a Rule. */
function linesOf(model: Model): Map<string, RuleLine> {
  const assertions = ['p', 'g'].flatMap((section) => [...(model.model.get(section) ?? [])]);
  const lines = assertions.flatMap(([ptype, { policy }]) => policy.map((values) => lineOfValues(ptype, values)));
  return new Map(lines.map((line) => [textOf(line), line]));
}

function holders(held: readonly HeldLine[]): string {
  const shown = held
    .slice(0, 3)
    .map(({ line, owner, rule }) => `${owner.kind} ${owner.name} holds ${textOf(line)} (Rule ${rule.metadata.name})`);
  return [...shown, ...(held.length > shown.length ? [`and ${held.length - shown.length} more`] : [])].join('; ');
}
