/**
 * Reports what an upgrade of a cluster does to permissions, from the discoveries before and after and the rules. Pure.
 */
import type { Permission } from '../engine/graph.ts';
import { foldCase, matches } from '../engine/pattern.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import type { Effect } from '../rules/line.ts';
import { everyoneNode, readNode } from '../rules/node-name.ts';
import { type ApiChanges, changesOf, type Move, type VersionChange } from './changes.ts';
import type { Discovery } from './discovery.ts';
import { canMatch } from './overlap.ts';
import { type PolicyHolders, policyHolders } from './policy-holders.ts';
import { type ActionOnObject, nameOf, unnamed, type Word, wordsOf } from './words.ts';

const NAMED_AT_MOST = 10;

/** A list of which at most ten are named; `total` counts all. */
export interface Bounded {
  readonly named: readonly string[];
  readonly total: number;
}

/** A line of a policy, and what the upgrade changes for it. */
export interface Finding {
  /** The policy's name in the rules. */
  readonly policy: string;
  readonly effect: Effect;
  readonly object: string;
  readonly action: string;
  /** For a line that loses something: whether it still matches something else. */
  readonly keeps: boolean;
  /** `Policy pol-x`: the object that owns the line. */
  readonly owner: string;
  /** The removed or added resources: `deployments.apps/scale`. */
  readonly resources: Bounded;
  /** Resources of the target that replace the removed ones. */
  readonly becomes: readonly string[];
  /** Users and groups, as the rules name them. */
  readonly subjects: Bounded;
  /** `Role rol-x`, `Grant gnt-y`: the objects that give the policy to them. */
  readonly through: Bounded;
}

export interface PermissionReport {
  /** Deny lines that name something the target lacks. The gravest: what they protect may have another name there. */
  readonly denials: readonly Finding[];
  /** Allow lines that name something the target lacks. */
  readonly losses: readonly Finding[];
  /**
   * Allow lines that also match something that exists only in the target, if someone holds them without being denied
   * it.
   */
  readonly gains: readonly Finding[];
  /** Resources that another API group serves. Permissions stay valid; clients that name the group must change. */
  readonly moves: readonly Move[];
  /** Removed versions of resources that stay. Permissions stay valid; clients that name the version must change. */
  readonly versions: readonly VersionChange[];
}

export interface ReviewInput {
  /** The cluster's name, as in `cluster:NAME/...`. */
  readonly cluster: string;
  readonly now: Discovery;
  readonly target: Discovery;
  readonly index: RuleIndex;
  /** Milliseconds since the epoch. Bindings that have ended do not count. */
  readonly nowMs: number;
}

/** Compares what each line of the rules matches now with what it will match. All lists are sorted. */
export function reviewPermissions({ cluster, now, target, index, nowMs }: ReviewInput): PermissionReport {
  const [before, after] = [wordsOf(now, cluster), wordsOf(target, cluster)];
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, word]) => word);
  const added = [...after].filter(([key]) => !before.has(key)).map(([, word]) => word);
  const changes = changesOf(now, target);
  const lines = { allow: linesOf(index, 'allow'), deny: linesOf(index, 'deny') };
  const losing = (effect: Effect): Finding[] =>
    lines[effect].flatMap((line) => lossOf(line, { cluster, removed, after, changes, nowMs }));
  return {
    denials: sorted(losing('deny')),
    losses: sorted(losing('allow')),
    gains: sorted(gainsOf(lines, added, nowMs)),
    moves: changes.moves,
    versions: changes.versions,
  };
}

function linesOf(index: RuleIndex, effect: Effect): Permission[] {
  return [...index.names()].flatMap((name) => [...((effect === 'allow' ? name.allows : name.denies)?.lines ?? [])]);
}

function canApply(line: Permission, word: ActionOnObject): boolean {
  return matches(line.action, foldCase(word.action)) && canMatch(line.object.source, word.object);
}

interface Changed {
  readonly cluster: string;
  readonly removed: readonly Word[];
  readonly after: ReadonlyMap<string, Word>;
  readonly changes: ApiChanges;
  readonly nowMs: number;
}

/** What a line no longer matches: everything it matched when nothing else is left, otherwise only what it names. */
function lossOf(line: Permission, changed: Changed): Finding[] {
  const affected = changed.removed.filter((word) => canApply(line, word));
  if (affected.length === 0) return [];
  const keeps = changed.after.values().some((word) => canApply(line, word));
  const lost = keeps ? affected.filter((word) => !coversReplacement(line, word, changed)) : affected;
  if (lost.length === 0) return [];
  const becomes = [...new Set(lost.flatMap((word) => renamesOf(word, changed)))].sort();
  return [
    finding(line, {
      resources: namesIn(lost),
      becomes,
      keeps,
      holders: policyHolders(line.policy, undefined, changed.nowMs),
    }),
  ];
}

/** Whether a line applies to whatever replaces `word`: to any name it may have, and to the known replacements. */
function coversReplacement(line: Permission, word: Word, changed: Changed): boolean {
  if (!canApply(line, unnamed(word, changed.cluster))) return false;
  return replacementsOf(word, changed).every((each) => canApply(line, each));
}

/**
 * The same request for the known replacements of `word`: in the same kind of namespace, or everywhere when there is
 * none there.
 */
function replacementsOf(word: Word, changed: Changed): readonly Word[] {
  const renames = renamesOf(word, changed);
  const { verb, subresource, namespace, name } = word.attributes;
  const same = [...changed.after.values()].filter(
    ({ attributes }) =>
      attributes.verb === verb &&
      attributes.subresource === subresource &&
      (attributes.name === '') === (name === '') &&
      renames.includes(nameOf(attributes)),
  );
  const inPlace = same.filter(({ attributes }) => attributes.namespace === namespace);
  return inPlace.length > 0 ? inPlace : same;
}

function renamesOf({ attributes }: Word, { changes }: Changed): readonly string[] {
  return changes.renames.get(nameOf(attributes)) ?? [];
}

function gainsOf(
  lines: Readonly<Record<Effect, readonly Permission[]>>,
  added: readonly Word[],
  nowMs: number,
): Finding[] {
  const denied = new Map(added.map((word) => [word, deniedEverywhere(lines.deny, word, nowMs)]));
  return lines.allow.flatMap((line) => {
    const words = added.filter((word) => canApply(line, word));
    if (words.length === 0) return [];
    const holders = policyHolders(line.policy, undefined, nowMs);
    const gains = (subject: string, word: Word): boolean => !isDenied(subject, denied.get(word) ?? new Set());
    const subjects = new Set([...holders.subjects].filter((subject) => words.some((word) => gains(subject, word))));
    const open = words.filter((word) => [...subjects].some((subject) => gains(subject, word)));
    return subjects.size === 0
      ? []
      : [finding(line, { resources: namesIn(open), becomes: [], keeps: true, holders: { ...holders, subjects } })];
  });
}

/**
 * The subjects that are denied the word under every name and in every project. Any narrower deny leaves something to
 * gain.
 */
function deniedEverywhere(denies: readonly Permission[], word: Word, nowMs: number): ReadonlySet<string> {
  const [action, object] = [foldCase(word.action), foldCase(word.object)];
  const covering = denies.filter((line) => matches(line.action, action) && matches(line.object, object));
  return new Set(covering.flatMap((line) => [...policyHolders(line.policy, '', nowMs).subjects]));
}

function isDenied(subject: string, denied: ReadonlySet<string>): boolean {
  return denied.has(subject) || denied.has(everyoneNode(readNode(subject).tenant ?? ''));
}

/** What changes for one line. */
interface LineChange {
  readonly resources: readonly string[];
  readonly becomes: readonly string[];
  readonly keeps: boolean;
  readonly holders: PolicyHolders;
}

function finding(
  { policy, effect, object, action, owner }: Permission,
  { resources, becomes, keeps, holders }: LineChange,
): Finding {
  return {
    policy: policy.text,
    effect,
    object: object.source,
    action: action.source,
    owner: `${owner.kind} ${owner.name}`,
    keeps,
    resources: bounded(resources),
    becomes,
    subjects: bounded(holders.subjects),
    through: bounded(holders.through),
  };
}

function namesIn(words: readonly Word[]): string[] {
  return [...new Set(words.map(({ resource }) => resource))];
}

function bounded(names: Iterable<string>): Bounded {
  const all = [...names].sort();
  return { named: all.slice(0, NAMED_AT_MOST), total: all.length };
}

function sorted(findings: readonly Finding[]): Finding[] {
  const key = ({ policy, object, action }: Finding): string => `${policy}\n${object}\n${action}`;
  return findings.toSorted((a, b) => (key(a) < key(b) ? -1 : Number(key(a) > key(b))));
}
