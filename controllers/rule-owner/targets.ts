/**
 * Asks the API server, right before an edge is written, whether the policy or role that it leads to is still the one in
 * the cache. A watch may be silent for a minute and a half before it counts as dead. Meanwhile the policy may have been
 * deleted, and another tenant may have created one of the same name: the edge would then lead to that tenant's policy.
 *
 * An edge that exists already needs no such check: its target can't go before it (docs/adr/0004).
 */
import { policies } from '../../api/auth/policy.ts';
import { roles } from '../../api/auth/role.ts';
import type { Rule } from '../../api/auth/rule.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import { readNode } from '../../authorization/rules/node-name.ts';
import type { RuleObject } from '../../authorization/rules/rule-object.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Stores } from './owner.ts';

/** The kinds that an edge can lead to and whose node names carry no tenant. */
const TARGETS: readonly Resource[] = [policies, roles];

/** Whether edges lead to objects of this kind by a name without a tenant, so that Targets asks for them. */
export function isTarget(resource: Resource): boolean {
  return TARGETS.some(({ group, plural }) => group === resource.group && plural === resource.plural);
}

interface Target extends KubeObject {
  readonly spec: { readonly tenantID: string };
}

export class Targets {
  readonly #client: Pick<Client, 'get'>;
  readonly #stores: Stores;
  /** Requests in flight, by resource and name: many grants lead to the same few roles. */
  readonly #inFlight = new Map<string, Promise<Target | undefined>>();

  constructor(client: Pick<Client, 'get'>, stores: Stores) {
    this.#client = client;
    this.#stores = stores;
  }

  /** The `nodes` (of policies and roles) whose objects on the API server differ from the cached ones. */
  async changed(nodes: Iterable<string>): Promise<ReadonlySet<string>> {
    const changed = await Promise.all([...nodes].map(async (node) => ((await this.#isUnchanged(node)) ? [] : [node])));
    return new Set(changed.flat());
  }

  async #isUnchanged(node: string): Promise<boolean> {
    const { kind, name } = readNode(node);
    const resource: Resource<Target> = kind === 'role' ? roles : policies;
    const known = this.#stores.of(resource).get(name);
    const live = await this.#get(resource, name);
    if (known === undefined || live === undefined || live.metadata.deletionTimestamp !== undefined) return false;
    return live.metadata.uid === known.metadata.uid && live.spec.tenantID === known.spec.tenantID;
  }

  #get(resource: Resource<Target>, name: string): Promise<Target | undefined> {
    const key = `${resource.plural}/${name}`;
    const request =
      this.#inFlight.get(key) ?? this.#client.get(resource, { name }).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, request);
    return request;
  }
}

/** The nodes of policies and roles to which an owner is about to get its first edges. `self` is the owner's own node. */
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
