/**
 * Asks the server, right before an edge is written, whether the policy or role that it leads to is still the one that
 * the caches hold. A watch may be silent for a minute and a half before it is taken for dead; meanwhile a policy may have
 * been deleted, and made anew by another tenant under the same name, into whose policy the edge would then lead.
 *
 * An edge that is there already needs no question: what it leads to can't go before it (docs/adr/0004).
 */
import { policies } from '../../api/auth/policy.ts';
import { roles } from '../../api/auth/role.ts';
import type { Rule } from '../../api/auth/rule.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import { readNode } from '../../authorization/rules/node-name.ts';
import type { RuleObject } from '../../authorization/rules/rule-object.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Stores } from './owner.ts';

/** What an edge may lead to that has no tenant in its name. */
export const TARGETS: readonly Resource[] = [policies, roles];

interface Target extends KubeObject {
  readonly spec: { readonly tenantID: string };
}

export class Targets {
  readonly #client: Pick<Client, 'get'>;
  readonly #stores: Stores;
  /** The questions under way: many grants lead to the same few roles. */
  readonly #asked = new Map<string, Promise<Target | undefined>>();

  constructor(client: Pick<Client, 'get'>, stores: Stores) {
    this.#client = client;
    this.#stores = stores;
  }

  /** Those of `nodes`, names of policies and roles, that are no longer as the caches have them. */
  async changed(nodes: Iterable<string>): Promise<ReadonlySet<string>> {
    const asked = await Promise.all([...nodes].map(async (node) => ((await this.#isUnchanged(node)) ? [] : [node])));
    return new Set(asked.flat());
  }

  async #isUnchanged(node: string): Promise<boolean> {
    const { kind, name } = readNode(node);
    const resource: Resource<Target> = kind === 'role' ? roles : policies;
    const known = this.#stores.of(resource).get(name);
    const live = await this.#ask(resource, name);
    if (known === undefined || live === undefined || live.metadata.deletionTimestamp !== undefined) return false;
    return live.metadata.uid === known.metadata.uid && live.spec.tenantID === known.spec.tenantID;
  }

  #ask(resource: Resource<Target>, name: string): Promise<Target | undefined> {
    const key = `${resource.plural}/${name}`;
    const asked = this.#asked.get(key) ?? this.#client.get(resource, { name }).finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    return asked;
  }
}

/** The policies and roles to which the first edges of an owner are to be written, but for the owner itself. */
export function newTargets(
  existing: readonly Rule[],
  desired: readonly RuleObject[],
  self: string | undefined,
): ReadonlySet<string> {
  const held = new Set(existing.map(({ metadata }) => metadata.name));
  const edges = desired.filter(
    ({ metadata, spec }) => spec.ptype === 'g' && spec.v1 !== self && !held.has(metadata.name),
  );
  return new Set(edges.map(({ spec }) => spec.v1).filter((node) => ['policy', 'role'].includes(readNode(node).kind)));
}
