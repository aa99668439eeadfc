/**
 * The edges of `g` lines, for casbin's `g(r.sub, p.sub, r.dom)`: an edge in `*` counts in every domain, an edge in a
 * project in that project. The enforcer creates one for each load; casbin adds the edges and queries them.
 *
 * casbin's DefaultRoleManager gives the same answers with a domain matching function, but within limits that matter here.
 * It silently stops after ten edges, so it misses a deny that is eleven edges away. With a higher limit, its time grows
 * exponentially where roles form cycles. And it copies the edges of the domain for each query. Here, a walk visits each
 * edge once, however deep, and serves all queries of one request.
 */
import type { RoleManager } from 'casbin';
import { EVERYWHERE } from '../rules/line.ts';

interface Walk {
  readonly name: string;
  readonly domain: string;
  readonly reached: ReadonlySet<string>;
}

export class RuleRoleManager implements RoleManager {
  /** What a member belongs to, by domain and member. */
  readonly #edges = new Map<string, Map<string, Set<string>>>();
  /** The last walk: casbin asks about one subject for each policy in turn. Keeping one walk bounds the memory. */
  #last: Walk | undefined;

  clear(): Promise<void> {
    this.#edges.clear();
    this.#last = undefined;
    return Promise.resolve();
  }

  /** Gives `member` the rights of `of`, in one domain. */
  async addLink(member: string, of: string, ...domains: string[]): Promise<void> {
    const domain = onlyOne(domains);
    this.#last = undefined;
    const members = this.#edges.get(domain) ?? new Map<string, Set<string>>();
    this.#edges.set(domain, members);
    const held = members.get(member);
    if (held === undefined) members.set(member, new Set([of]));
    else held.add(of);
  }

  async deleteLink(member: string, of: string, ...domains: string[]): Promise<void> {
    const domain = onlyOne(domains);
    this.#last = undefined;
    this.#edges.get(domain)?.get(member)?.delete(of);
  }

  async hasLink(name: string, of: string, ...domains: string[]): Promise<boolean> {
    return this.syncedHasLink(name, of, ...domains);
  }

  /** Whether `name` is `of` or reaches it in the domain. Without a domain, or with an empty one, only edges in `*` count. */
  syncedHasLink(name: string, of: string, ...domains: string[]): boolean {
    return name === of || this.#reachedBy(name, domains[0] ?? EVERYWHERE).has(of);
  }

  /** What `name` belongs to directly. */
  async getRoles(name: string, ...domains: string[]): Promise<string[]> {
    return [...new Set(this.#direct(name, domains[0] ?? EVERYWHERE))];
  }

  /** What belongs to `name` directly. */
  async getUsers(name: string, ...domains: string[]): Promise<string[]> {
    const members = countingIn(domains[0] ?? EVERYWHERE).flatMap((domain) => [...(this.#edges.get(domain) ?? [])]);
    return [...new Set(members.flatMap(([member, held]) => (held.has(name) ? [member] : [])))];
  }

  /** The domains in which an edge begins or ends at `name`. */
  async getDomains(name: string): Promise<string[]> {
    const touches = ([member, held]: readonly [string, ReadonlySet<string>]): boolean =>
      held.size > 0 && (member === name || held.has(name));
    return [...this.#edges].flatMap(([domain, members]) => ([...members].some(touches) ? [domain] : []));
  }

  async getAllDomains(): Promise<string[]> {
    return [...this.#edges.keys()];
  }

  /** casbin calls it after each load, for its log. A hundred thousand edges do not belong in a log line. */
  async printRoles(): Promise<void> {}

  #reachedBy(name: string, domain: string): ReadonlySet<string> {
    if (this.#last?.name === name && this.#last.domain === domain) return this.#last.reached;
    const reached = new Set([name]);
    // A Set may grow during iteration, and yields each value once.
    for (const at of reached) for (const of of this.#direct(at, domain)) reached.add(of);
    this.#last = { name, domain, reached };
    return reached;
  }

  #direct(name: string, domain: string): string[] {
    return countingIn(domain).flatMap((each) => [...(this.#edges.get(each)?.get(name) ?? [])]);
  }
}

/** The domains whose edges count in `domain`. */
function countingIn(domain: string): string[] {
  return domain === '' || domain === EVERYWHERE ? [EVERYWHERE] : [EVERYWHERE, domain];
}

function onlyOne(domains: readonly string[]): string {
  const [domain, ...more] = domains;
  if (domain === undefined || more.length > 0) throw new Error(`an edge has one domain, not ${domains.length}`);
  return domain;
}
