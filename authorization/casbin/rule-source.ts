/** Where the adapter reads Rules: from a cache that follows the API server, or from the API server at each load. */
import { type Rule, rules } from '../../api/auth/rule.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { RuleObject } from '../rules/rule-object.ts';

export interface RuleSource {
  /** All Rules, as of one moment. */
  read(): Promise<readonly RuleObject[]>;
}

/** Reads the cache of an informer. Waits until it is synced: a partial state may lack a deny. */
export function cachedRules(informer: Pick<Informer<Rule>, 'synced' | 'store'>): RuleSource {
  return {
    read: async () => {
      await informer.synced;
      return informer.store.list();
    },
  };
}

/** Lists the Rules at each load, for a program that asks once and exits. */
export function listedRules(client: Pick<Client, 'list'>): RuleSource {
  return { read: () => client.list(rules) };
}
