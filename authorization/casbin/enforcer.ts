/**
 * casbin's own enforcer over Rule objects: `newRuleEnforcer({ adapter, watcher })`, then `enforce(subject, domain,
 * object, action)`. It decides what the engine decides; an empty domain is none.
 *
 * casbin reads policies anew by emptying its model and filling it again, edge by edge, while decisions go on: in between
 * an allow may be there before the denial. Here a load fills a model of its own and puts it in the place of the old one
 * in one step, and each decision is made in one turn: it sees the rules of one load, never a mixture. A load that fails
 * leaves the old rules in force.
 */
import { Enforcer, type Model, newModelFromString, type Watcher } from 'casbin';
import type { Request, Verdict } from '../engine/decide.ts';
import type { RuleAdapter } from './adapter.ts';
import type { RuleFilter } from './filter.ts';
import { patternMatcher, readModelText } from './model.ts';
import { RuleRoleManager } from './role-manager.ts';
import type { RuleWatcher } from './watcher.ts';

export interface RuleEnforcerOptions {
  readonly adapter: RuleAdapter;
  /** Reads the Rules anew when they change. Without it `reload` does, when called: ends of grants pass only then. */
  readonly watcher?: RuleWatcher | undefined;
  /** Loads only some lines: see RuleFilter for what that means for denials. */
  readonly filter?: RuleFilter | undefined;
  /** Whether the Rules are known as they are now (`() => informer.isCurrent`); while not, decisions are refused with an error. */
  readonly isCurrent?: (() => boolean) | undefined;
}

/** The API server was not heard for too long: the Rules may have changed meanwhile. */
export class StaleRulesError extends Error {
  readonly code = 'E_STALE_RULES';
}

/** An enforcer that holds the lines of the adapter. Rejects when they can't be read; with a cached source it waits for the cache. */
export async function newRuleEnforcer({
  adapter,
  watcher,
  filter,
  isCurrent,
}: RuleEnforcerOptions): Promise<RuleEnforcer> {
  const enforcer = new RuleEnforcer(await readModelText(), isCurrent ?? ((): boolean => true));
  await enforcer.initWithModelAndAdapter(newModelFromString(enforcer.modelText), adapter, true);
  await enforcer.addFunction('keyMatchCustom', (text: string, pattern: string) => enforcer.matches(text, pattern));
  await (filter === undefined ? enforcer.loadPolicy() : enforcer.loadFilteredPolicy(filter));
  if (watcher !== undefined) enforcer.setWatcher(watcher);
  return enforcer;
}

export class RuleEnforcer extends Enforcer {
  readonly modelText: string;
  readonly #isCurrent: () => boolean;
  /** What was loaded; undefined: everything. */
  #filters: readonly unknown[] | undefined;
  #loading: Promise<void> = Promise.resolve();
  /** The pattern function of the rules in force. */
  matches = patternMatcher();

  constructor(modelText: string, isCurrent: () => boolean) {
    super();
    this.modelText = modelText;
    this.#isCurrent = isCurrent;
  }

  override loadPolicy(): Promise<void> {
    return this.#load(() => undefined);
  }

  override async loadFilteredPolicy(filter: unknown): Promise<boolean> {
    await this.#load(() => [filter]);
    return true;
  }

  /** Loads further lines beside those of the filters before. */
  override async loadIncrementalFilteredPolicy(filter: unknown): Promise<boolean> {
    await this.#load((filters) => (filters === undefined ? undefined : [...filters, filter]));
    return true;
  }

  /** Reads anew what was loaded last: everything, or what its filters let through. */
  reload(): Promise<void> {
    return this.#load((filters) => filters);
  }

  override setWatcher(watcher: Watcher): void {
    this.watcher = watcher;
    // casbin would load everything, also where a filter was set.
    const reload: () => unknown = () => this.reload();
    watcher.setUpdateCallback(reload);
  }

  /** Whether the lines allow it. */
  override async enforce(...request: unknown[]): Promise<boolean> {
    return this.enforceSync(...request);
  }

  override enforceSync(...request: unknown[]): boolean {
    return this.#mayDecide() && super.enforceSync(...request);
  }

  /** The same, with the line that decided. */
  override async enforceEx(...request: unknown[]): Promise<[boolean, string[]]> {
    return this.enforceExSync(...request);
  }

  override enforceExSync(...request: unknown[]): [boolean, string[]] {
    return this.#mayDecide() ? super.enforceExSync(...request) : [false, []];
  }

  /**
   * Decides for all names of one requester together (his user name, groups that his token says, the catch-all of his
   * tenant): a denial that any of them reaches wins over every allow, which asking for one after the other can't say.
   */
  decide({ subjects, domain, object, action }: Request): Verdict {
    let verdict: Verdict = 'none';
    for (const subject of subjects) {
      const [allowed, line] = this.enforceExSync(subject, domain, object, action);
      if (allowed) verdict = 'allow';
      else if (line.length > 0) return 'deny';
    }
    return verdict;
  }

  /** False without any permission: casbin would ask the model about an empty line then, and find nobody allowed nothing. */
  #mayDecide(): boolean {
    if (!this.#isCurrent())
      throw new StaleRulesError('the Rules may be out of date: the API server was not heard lately');
    return (this.model.model.get('p')?.get('p')?.policy.length ?? 0) > 0;
  }

  /** One load after the other, so that an older state never follows a newer one. */
  #load(filtersAfter: (before: readonly unknown[] | undefined) => readonly unknown[] | undefined): Promise<void> {
    const load = this.#loading.then(() => this.#read(filtersAfter(this.#filters)));
    this.#loading = load.catch(() => undefined);
    return load;
  }

  async #read(filters: readonly unknown[] | undefined): Promise<void> {
    const model = newModelFromString(this.modelText);
    if (filters === undefined) await this.adapter.loadPolicy(model);
    else for (const filter of filters) await this.#readFiltered(model, filter);
    const roles = new RuleRoleManager();
    await model.buildRoleLinks(new Map([['g', roles]]));
    // Nothing waits from here on: nobody sees the one without the other.
    this.setModel(model);
    this.setRoleManager(roles);
    this.matches = patternMatcher();
    this.#filters = filters;
  }

  async #readFiltered(model: Model, filter: unknown): Promise<void> {
    if (!('loadFilteredPolicy' in this.adapter)) throw new Error('the adapter knows no filters');
    await this.adapter.loadFilteredPolicy(model, filter);
  }
}
