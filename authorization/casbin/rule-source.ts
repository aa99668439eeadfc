/** Where the adapter reads Rules from: a cache that follows the API server, or the API server at each load. */
import { type Rule, rules } from '../../api/auth/rule.ts';
import type { Informer } from '../../runtime/cache/informer.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { RuleObject } from '../rules/rule-object.ts';

export interface RuleSource {
  /** All Rules there are, of one moment. */
  read(): Promise<readonly RuleObject[]>;
}

/** The cache of an informer. Reading waits for its first full state: half a state may lack a denial. */
export function cachedRules(informer: Pick<Informer<Rule>, 'synced' | 'store'>): RuleSource {
  return {
    read: async () => {
      await informer.synced;
      return informer.store.list();
    },
  };
}

/** A list of the API server at each load: for a program that asks once and ends. */
export function listedRules(client: Pick<Client, 'list'>): RuleSource {
  return { read: () => client.list(rules) };
}
