/**
 * casbin's enforcer over Rules: `newRuleEnforcer({ adapter, watcher })`, then `enforce(subject, domain, object, action)`.
 * It decides as the engine does. An empty domain means no project.
 *
 * casbin reloads policies by clearing its model and filling it again, edge by edge, while it goes on deciding: for a moment
 * an allow may be loaded and the deny not. Here, a load fills a new model and swaps it in at once, and each decision is
 * made in one turn of the event loop. So a decision sees the rules of one load, never a mixture. If a load fails, the old
 * rules stay in force.
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
  /** Reloads the Rules when they change. Without it, call `reload`: changes and the ends of grants take effect only then. */
  readonly watcher?: RuleWatcher | undefined;
  /** Loads some of the lines only. RuleFilter explains what that means for denies. */
  readonly filter?: RuleFilter | undefined;
  /** Whether the known Rules are current (`() => informer.isCurrent`). While they are not, a decision throws StaleRulesError. */
  readonly isCurrent?: (() => boolean) | undefined;
}

/** The API server has been silent for too long: the Rules may have changed. */
export class StaleRulesError extends Error {
  readonly code = 'E_STALE_RULES';
}

/** An enforcer with the lines of the adapter. Rejects when it cannot load them. With a cached source it waits for the cache. */
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
  /** The filters of the last load; undefined for all lines. */
  #filters: readonly unknown[] | undefined;
  #loading: Promise<void> = Promise.resolve();
  /** The pattern function of the loaded rules. */
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

  /** Loads the lines of one more filter. */
  override async loadIncrementalFilteredPolicy(filter: unknown): Promise<boolean> {
    await this.#load((filters) => (filters === undefined ? undefined : [...filters, filter]));
    return true;
  }

  /** Repeats the last load: all lines, or those of its filters. */
  reload(): Promise<void> {
    return this.#load((filters) => filters);
  }

  override setWatcher(watcher: Watcher): void {
    this.watcher = watcher;
    // By default casbin would load all lines, even if a filter is set.
    const reload: () => unknown = () => this.reload();
    watcher.setUpdateCallback(reload);
  }

  /** Whether the lines allow the request. */
  override async enforce(...request: unknown[]): Promise<boolean> {
    return this.enforceSync(...request);
  }

  override enforceSync(...request: unknown[]): boolean {
    return this.#mayDecide() && super.enforceSync(...request);
  }

  /** The same, with the deciding line. */
  override async enforceEx(...request: unknown[]): Promise<[boolean, string[]]> {
    return this.enforceExSync(...request);
  }

  override enforceExSync(...request: unknown[]): [boolean, string[]] {
    return this.#mayDecide() ? super.enforceExSync(...request) : [false, []];
  }

  /**
   * Decides for all subjects of one requester together: the user, the groups of their token, and the catch-all subject of
   * their tenant. A deny that any subject reaches wins over every allow. Separate calls of `enforce` cannot tell that.
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

  /** False without any permission: casbin would then match an empty line against an empty request, and allow it. */
  #mayDecide(): boolean {
    if (!this.#isCurrent())
      throw new StaleRulesError('the Rules may be stale: the API server has been silent for too long');
    return (this.model.model.get('p')?.get('p')?.policy.length ?? 0) > 0;
  }

  /** Runs loads one after the other, so that an older state never replaces a newer one. */
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
    // No await from here on: a decision sees all of these assignments, or none.
    this.setModel(model);
    this.setRoleManager(roles);
    this.matches = patternMatcher();
    this.#filters = filters;
  }

  async #readFiltered(model: Model, filter: unknown): Promise<void> {
    if (!('loadFilteredPolicy' in this.adapter)) throw new Error('the adapter does not support filters');
    await this.adapter.loadFilteredPolicy(model, filter);
  }
}
