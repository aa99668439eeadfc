/**
 * What an upgrade of a cluster does to permissions: the discoveries of the version now and of the target, and the rules, in;
 * a report out. Pure. The cluster controller and the CLI call it before an upgrade.
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
import { nameOf, type Target, unnamed, type Word, wordsOf } from './words.ts';

/** At most so many of each list are named; `total` counts all. */
const NAMED_AT_MOST = 10;

export interface Bounded {
  readonly named: readonly string[];
  readonly total: number;
}

/** A line of a policy, and what the upgrade changes for it. */
export interface Finding {
  /** Name of the policy in the rules. */
  readonly policy: string;
  readonly effect: Effect;
  readonly object: string;
  readonly action: string;
  /** Whether it still matches something else, of a line that loses. */
  readonly keeps: boolean;
  /** `Policy pol-x`: the object that the line is from. */
  readonly owner: string;
  /** What goes, or comes: `deployments.apps/scale`. */
  readonly resources: Bounded;
  /** Resources of the target that take the place of what goes. */
  readonly becomes: readonly string[];
  /** Users and groups, as nodes of the rules. */
  readonly subjects: Bounded;
  /** `Role rol-x`, `Grant grn-y`: the objects through which they hold it. */
  readonly through: Bounded;
}

export interface PermissionReport {
  /** Denials that name what the target lacks: the gravest, what they kept away may have another name there. */
  readonly denials: readonly Finding[];
  /** Permissions of which the same holds. */
  readonly losses: readonly Finding[];
  /** Permissions that also match what exists only in the target, where somebody holds them undenied. */
  readonly gains: readonly Finding[];
  /** Resources that another API group serves: permissions do not change, clients that name the group do. */
  readonly moves: readonly Move[];
  /** Versions that go while their resource stays: permissions do not change, clients that name the version do. */
  readonly versions: readonly VersionChange[];
}

export interface ReviewInput {
  /** Name of the cluster, as in `cluster:NAME/...`. */
  readonly cluster: string;
  readonly now: Discovery;
  readonly target: Discovery;
  readonly index: RuleIndex;
  /** Milliseconds since the epoch: bindings that have ended do not count. */
  readonly nowMs: number;
}

/** Compares what each line of the rules matches now with what it will match. Lists are sorted. */
export function reviewPermissions({ cluster, now, target, index, nowMs }: ReviewInput): PermissionReport {
  const [before, after] = [wordsOf(now, cluster), wordsOf(target, cluster)];
  const gone = [...before].filter(([key]) => !after.has(key)).map(([, word]) => word);
  const come = [...after].filter(([key]) => !before.has(key)).map(([, word]) => word);
  const changes = changesOf(now, target);
  const lines = { allow: linesOf(index, 'allow'), deny: linesOf(index, 'deny') };
  const losing = (effect: Effect): Finding[] =>
    lines[effect].flatMap((line) => lossOf(line, { cluster, gone, after, changes, nowMs }));
  return {
    denials: sorted(losing('deny')),
    losses: sorted(losing('allow')),
    gains: sorted(gainsOf(lines, come, nowMs)),
    moves: changes.moves,
    versions: changes.versions,
  };
}

function linesOf(index: RuleIndex, effect: Effect): Permission[] {
  return [...index.names()].flatMap((name) => [...((effect === 'allow' ? name.allows : name.denies)?.lines ?? [])]);
}

function isAbout(line: Permission, word: Target): boolean {
  return matches(line.action, foldCase(word.action)) && canMatch(line.object.source, word.object);
}

interface Changed {
  readonly cluster: string;
  readonly gone: readonly Word[];
  readonly after: ReadonlyMap<string, Word>;
  readonly changes: ApiChanges;
  readonly nowMs: number;
}

/** What a line matched and will not: all of it when nothing is left to match, else what it names. */
function lossOf(line: Permission, changed: Changed): Finding[] {
  const about = changed.gone.filter((word) => isAbout(line, word));
  if (about.length === 0) return [];
  const keeps = changed.after.values().some((word) => isAbout(line, word));
  const lost = keeps ? about.filter((word) => !coversWhatComes(line, word, changed)) : about;
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

/** Whether a line holds for what takes the place of `word`: for any name that may have, and for those that are known. */
function coversWhatComes(line: Permission, word: Word, changed: Changed): boolean {
  if (!isAbout(line, unnamed(word, changed.cluster))) return false;
  return comparable(word, changed).every((each) => isAbout(line, each));
}

/** The same question about what takes the place of `word`, where that is known; every one of it, when that has no namespace. */
function comparable(word: Word, changed: Changed): readonly Word[] {
  const renames = renamesOf(word, changed);
  const { verb, subresource, namespace, name } = word.asked;
  const same = [...changed.after.values()].filter(
    ({ asked }) =>
      asked.verb === verb &&
      asked.subresource === subresource &&
      (asked.name === '') === (name === '') &&
      renames.includes(nameOf(asked)),
  );
  const inPlace = same.filter(({ asked }) => asked.namespace === namespace);
  return inPlace.length > 0 ? inPlace : same;
}

function renamesOf({ asked }: Word, { changes }: Changed): readonly string[] {
  return changes.renames.get(nameOf(asked)) ?? [];
}

function gainsOf(
  lines: Readonly<Record<Effect, readonly Permission[]>>,
  come: readonly Word[],
  nowMs: number,
): Finding[] {
  const denied = new Map(come.map((word) => [word, deniedEverywhere(lines.deny, word, nowMs)]));
  return lines.allow.flatMap((line) => {
    const words = come.filter((word) => isAbout(line, word));
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

/** Who is denied the word under every name, in every project: less than that leaves something to gain. */
function deniedEverywhere(denies: readonly Permission[], word: Word, nowMs: number): ReadonlySet<string> {
  const [action, object] = [foldCase(word.action), foldCase(word.object)];
  const covering = denies.filter((line) => matches(line.action, action) && matches(line.object, object));
  return new Set(covering.flatMap((line) => [...policyHolders(line.policy, '', nowMs).subjects]));
}

function isDenied(subject: string, denied: ReadonlySet<string>): boolean {
  return denied.has(subject) || denied.has(everyoneNode(readNode(subject).tenant ?? ''));
}

interface Found {
  readonly resources: readonly string[];
  readonly becomes: readonly string[];
  readonly keeps: boolean;
  readonly holders: PolicyHolders;
}

function finding(
  { policy, effect, object, action, owner }: Permission,
  { resources, becomes, keeps, holders }: Found,
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
