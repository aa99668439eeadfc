/**
 * Indexes the rules for decisions. The authorizer feeds it from its Rule cache, the CLI from files, one Rule at a time.
 * The next decision sees a change. A change costs the same, however many rules there are.
 */
import { endMs, type GroupingLine, type PermissionLine, type RuleLine } from '../rules/line.ts';
import { Actions, STARRED } from './actions.ts';
import { type Edge, type End, Name, type Owner, type Permission, type View } from './graph.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { PermissionTable } from './permission-table.ts';
import { Revision } from './revision.ts';
import { Shared } from './shared.ts';
import { type Limits, ViewCache } from './view-cache.ts';

/** The origin of a line, for reasons: the Rule object and the object that owns it. */
export interface Source {
  readonly rule: string;
  readonly ownerKind: string;
  readonly ownerName: string;
}

export class RuleIndex {
  /** By the name of the Rule. */
  readonly #records = new Map<string, Edge | Permission>();
  readonly #names = new Map<string, Name>();
  readonly #owners = new Shared<Owner>();
  readonly #patterns = new Shared<Pattern>();
  readonly #domains = new Shared<string>();
  readonly #revision = new Revision();
  readonly #views: ViewCache;
  /** The actions of the lines, by number. */
  readonly actions = new Actions();

  /** Only tests set limits. */
  constructor(limits?: Limits) {
    this.#views = new ViewCache(limits);
  }

  /** The number of Rules in the index. */
  get size(): number {
    return this.#records.size;
  }

  /** A digest of the Rules that does not depend on their order. */
  get revision(): string {
    return this.#revision.text;
  }

  /** The name with this text; undefined when no rule names it. */
  name(text: string): Name | undefined {
    return this.#names.get(text);
  }

  /**
   * What `subject` reaches in `domain` at `nowMs` (milliseconds since the epoch). An undefined domain means any domain,
   * at any time. Undefined when no rule names the subject.
   */
  viewOf(subject: string, domain: string | undefined, nowMs: number): View | undefined {
    const known = this.#views.known(subject, domain, nowMs);
    if (known !== undefined) return known;
    // A domain that no edge names is the same as none. They share views, so requests cannot fill the cache with
    // invented ones.
    if (domain !== undefined && domain !== '' && !this.#domains.has(domain)) return this.viewOf(subject, '', nowMs);
    const name = this.#names.get(subject);
    return name === undefined ? undefined : this.#views.make(name, domain, nowMs);
  }

  /** All names in the rules. */
  names(): Iterable<Name> {
    return this.#names.values();
  }

  /** Adds a Rule, or replaces the one with that name. */
  set(line: RuleLine, source: Source): void {
    this.remove(source.rule);
    if (line.ptype === 'g') this.#addEdge(line, source);
    else this.#addPermission(line, source);
  }

  /** Removes the Rule with that name, if there is one. */
  remove(rule: string): void {
    const record = this.#records.get(rule);
    if (record === undefined) return;
    this.#records.delete(rule);
    if ('of' in record) this.#removeEdge(record);
    else this.#removePermission(record);
  }

  #addEdge(line: GroupingLine, source: Source): void {
    const [member, of] = [this.#nameOf(line.member), this.#nameOf(line.of)];
    const domain = this.#domains.take(line.domain, () => line.domain);
    const edge = { rule: source.rule, owner: this.#ownerOf(source), member, of, domain, end: endOf(line) };
    this.#records.set(edge.rule, edge);
    member.edges.push(edge);
    of.members ??= new Set();
    of.members.add(edge);
    this.#views.forget(member);
    this.#revision.add(edgeFields(edge));
  }

  #removeEdge(edge: Edge): void {
    const { owner, member, of, domain } = edge;
    member.edges.splice(member.edges.indexOf(edge), 1);
    of.members?.delete(edge);
    this.#domains.release(domain);
    this.#views.forget(member);
    this.#release(owner, member, of);
    this.#revision.remove(edgeFields(edge));
  }

  #addPermission(line: PermissionLine, source: Source): void {
    const { effect } = line;
    const policy = this.#nameOf(line.policy);
    const [object, action] = [this.#patternOf(line.object), this.#patternOf(line.action)];
    const actionId = action.suffix === undefined ? this.actions.take(action.prefix) : STARRED;
    const permission = { rule: source.rule, owner: this.#ownerOf(source), policy, effect, object, action, actionId };
    this.#records.set(permission.rule, permission);
    const key = effect === 'allow' ? 'allows' : 'denies';
    if (policy[key] === undefined) this.#views.forget(policy);
    policy[key] ??= new PermissionTable<Permission>();
    policy[key].add(permission);
    this.#revision.add(permissionFields(permission));
  }

  #removePermission(permission: Permission): void {
    const { owner, policy, effect, object, action } = permission;
    const key = effect === 'allow' ? 'allows' : 'denies';
    policy[key]?.remove(permission);
    if (policy[key]?.isEmpty === true) {
      policy[key] = undefined;
      this.#views.forget(policy);
    }
    for (const pattern of [object, action]) this.#patterns.release(pattern.source);
    if (action.suffix === undefined) this.actions.release(action.prefix);
    this.#release(owner, policy);
    this.#revision.remove(permissionFields(permission));
  }

  #nameOf(text: string): Name {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = new Name(text);
    this.#names.set(text, name);
    return name;
  }

  #ownerOf({ ownerKind: kind, ownerName: name }: Source): Owner {
    return this.#owners.take(`${kind}/${name}`, () => ({ kind, name }));
  }

  #patternOf(source: string): Pattern {
    return this.#patterns.take(source, () => compilePattern(source));
  }

  /** Drops what only a removed record has used. */
  #release(owner: Owner, ...names: Name[]): void {
    this.#owners.release(`${owner.kind}/${owner.name}`);
    for (const name of names) {
      if (!isUnused(name)) continue;
      this.#names.delete(name.text);
      // A view of this name must not be used for a later name with the same text.
      this.#views.forget(name);
    }
  }
}

function isUnused({ edges, members, allows, denies }: Name): boolean {
  return (
    edges.length === 0 && (members === undefined || members.size === 0) && allows === undefined && denies === undefined
  );
}

function endOf({ notAfter: text }: GroupingLine): End | undefined {
  return text === undefined ? undefined : { atMs: endMs(text), text };
}

function edgeFields({ rule, owner, member, of, domain, end }: Edge): string[] {
  return ['g', rule, owner.kind, owner.name, member.text, of.text, domain, end?.text ?? ''];
}

function permissionFields({ rule, owner, policy, object, action, effect }: Permission): string[] {
  return ['p', rule, owner.kind, owner.name, policy.text, object.source, action.source, effect];
}
