/**
 * Rules as the storage of casbin, the npm package: an Adapter, FilteredAdapter and BatchAdapter.
 *
 * It loads the lines of the Rules that count into casbin's model. Rules without an owner, changed Rules and expired Rules
 * are left out. Two Rules of different owners with the same line are one line in the model.
 *
 * Controllers write Rules, from Policies, Roles, Groups and bindings. So an adapter only reads, unless it has `writeAs`:
 * then it writes the Rules of that one owner, an object that belongs to the application. This needs two things. No Steward
 * controller may reconcile the owner, or it undoes every write that it would not make itself; a default installation runs
 * a controller for every kind that owns Rules. And the hub's RBAC and the ValidatingAdmissionPolicy steward-rule-writers
 * must admit the application's writes; by default they admit only the controllers.
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
  /** Lets the adapter write the Rules of this owner. Without it, every write is refused. */
  readonly writeAs?: { readonly client: RuleClient; readonly owner: Owner } | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/** The adapter may not make this write. */
export class NotWritableError extends Error {
  readonly code = 'E_NOT_WRITABLE';
}

const READ_ONLY =
  'this adapter only reads. The Steward controllers write Rules: apply a Policy, Role, Group, ProjectPolicyBinding or Grant instead';

export class RuleAdapter implements FilteredAdapter, BatchAdapter {
  readonly #source: RuleSource;
  readonly #owned: OwnedRules | undefined;
  readonly #now: () => number;
  #filtered = false;
  /** The lines of other owners at the last load. */
  #foreign: ReadonlySet<string> = new Set();

  /** Throws when the kind of the owner owns no Rules. */
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

  /** Adds the lines that match a RuleFilter. Any other filter is an error. */
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

  /** Creates Rules of the owner. A Rule that exists already is fine. */
  async addPolicies(_sec: string, ptype: string, rules: string[][]): Promise<void> {
    const owned = this.#writable();
    const desired = rules.map((values) => ruleObject(owned.owner, lineOfValues(ptype, values)));
    const known = await this.#source.read();
    await owned.write([], desired, classifyAmong([...known, ...desired]));
  }

  removePolicy(sec: string, ptype: string, rule: string[]): Promise<void> {
    return this.removePolicies(sec, ptype, [rule]);
  }

  /** Deletes the owner's Rules with these lines. A line that only other owners have is an error, and nothing is deleted. */
  async removePolicies(_sec: string, ptype: string, rules: string[][]): Promise<void> {
    const unwanted = new Set(rules.map((values) => textOf(lineOfValues(ptype, values))));
    await this.#remove((line) => unwanted.has(textOf(line)));
  }

  /** The same for lines with these values from `fieldIndex` on. An empty value matches any; no values match no line. */
  async removeFilteredPolicy(_sec: string, ptype: string, fieldIndex: number, ...fieldValues: string[]): Promise<void> {
    await this.#remove(
      (line) => fieldValues.length > 0 && line.ptype === ptype && hasValues(line, fieldIndex, fieldValues),
    );
  }

  /**
   * Makes the lines of the model the owner's Rules, without the lines that other owners had at the last load or have now:
   * a right that another owner granted never becomes a right of this owner, even if it has been revoked since the load.
   * A Rule that the owner has already is kept, with its end.
   */
  async savePolicy(model: Model): Promise<boolean> {
    const owned = this.#writable();
    if (this.#filtered)
      throw new NotWritableError('only some of the Rules are loaded: saving them would delete the others');
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

  /** Checks every line before it deletes the first Rule. */
  async #remove(isUnwanted: (line: RuleLine) => boolean): Promise<void> {
    const owned = this.#writable();
    const known = await this.#source.read();
    // Expired lines too: at time -Infinity, none has ended.
    const own = linesInForce(await owned.list(), -Infinity).filter(({ line }) => isUnwanted(line));
    const others = this.#ofOthers(linesInForce(known, this.#now())).filter(({ line }) => isUnwanted(line));
    const ownLines = new Set(own.map(({ line }) => textOf(line)));
    const foreign = others.filter(({ line }) => !ownLines.has(textOf(line)));
    if (foreign.length > 0) throw new NotWritableError(`cannot remove a line of another owner: ${describe(foreign)}`);
    const rules = own.map(({ rule }) => rule);
    await owned.write(rules, [], classifyAmong([...known, ...rules]));
    // An error makes casbin keep the line, and the line does still exist.
    if (others.length > 0)
      throw new NotWritableError(`the owner's Rules are removed, but the lines stay: ${describe(others)}`);
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
 * Adds the lines that the model does not have yet. casbin's own addPolicy compares each line with every other one, which
 * takes quadratic time; its text format would need quoting.
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

/** The lines of a type in a model. Throws when the model has another shape: values would be read as something else. */
function linesIn(model: Model, ptype: 'p' | 'g'): string[][] {
  const assertion = model.model.get(ptype)?.get(ptype);
  if (assertion?.value.split(',').length === WIDTH[ptype]) return assertion.policy;
  throw new Error(`the model has no ${ptype} with ${WIDTH[ptype]} values: use authorization/engine/model.conf`);
}

/** Every line of a model, by its text. Throws for a line that cannot be a Rule. */
function linesOf(model: Model): Map<string, RuleLine> {
  const assertions = ['p', 'g'].flatMap((section) => [...(model.model.get(section) ?? [])]);
  const lines = assertions.flatMap(([ptype, { policy }]) => policy.map((values) => lineOfValues(ptype, values)));
  return new Map(lines.map((line) => [textOf(line), line]));
}

function describe(held: readonly HeldLine[]): string {
  const shown = held
    .slice(0, 3)
    .map(({ line, owner, rule }) => `${owner.kind} ${owner.name} holds ${textOf(line)} (Rule ${rule.metadata.name})`);
  return [...shown, ...(held.length > shown.length ? [`and ${held.length - shown.length} more`] : [])].join('; ');
}
