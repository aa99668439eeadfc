/**
 * Lists what subjects may do, by domain: the lines that they reach, without the allows that a deny covers completely.
 */
import { EVERYWHERE } from '../rules/line.ts';
import { type ChainLine, lineOf } from './chain.ts';
import type { Permission, PolicyTable } from './graph.ts';
import { foldCase, matches } from './pattern.ts';
import type { RuleIndex } from './rule-index.ts';

export interface Permissions {
  /** `*` for what applies everywhere; a project for what it adds to that. */
  readonly domain: string;
  readonly allows: readonly ChainLine[];
  /** The denies, which take precedence over the allows. */
  readonly denies: readonly ChainLine[];
}

/**
 * The effective permissions of `subjects`, evaluated together, at `nowMs` (milliseconds since the epoch): everywhere,
 * then by project.
 */
export function whatCan(index: RuleIndex, subjects: readonly string[], nowMs: number): Permissions[] {
  const everywhere = linesIn(index, subjects, '', nowMs);
  const projects = domainsOf(index, subjects).map((domain) => {
    const lines = linesIn(index, subjects, domain, nowMs);
    const added = {
      allows: lines.allows.difference(everywhere.allows),
      denies: lines.denies.difference(everywhere.denies),
    };
    return { domain, ...effective(added, lines.denies) };
  });
  return [{ domain: EVERYWHERE, ...effective(everywhere, everywhere.denies) }, ...projects].filter(
    ({ allows, denies }) => allows.length + denies.length > 0,
  );
}

interface Lines {
  readonly allows: ReadonlySet<Permission>;
  readonly denies: ReadonlySet<Permission>;
}

function linesIn(index: RuleIndex, subjects: readonly string[], domain: string, nowMs: number): Lines {
  const views = subjects.map((subject) => index.viewOf(subject, domain, nowMs)).filter((view) => view !== undefined);
  const linesOf = (tables: readonly PolicyTable[]): Permission[] => tables.flatMap(({ lines }) => [...lines]);
  return {
    allows: new Set(views.flatMap(({ allows }) => linesOf(allows))),
    denies: new Set(views.flatMap(({ denies }) => linesOf(denies))),
  };
}

/** The projects in which the subjects, or anything they reach, hold something. */
function domainsOf(index: RuleIndex, subjects: readonly string[]): string[] {
  const reached = new Set(subjects.map((subject) => index.name(subject)).filter((name) => name !== undefined));
  const domains = new Set<string>();
  for (const { edges } of reached) {
    for (const { of, domain } of edges) {
      reached.add(of);
      if (domain !== EVERYWHERE) domains.add(domain);
    }
  }
  return [...domains].sort();
}

function effective(
  { allows, denies }: Lines,
  against: ReadonlySet<Permission>,
): Pick<Permissions, 'allows' | 'denies'> {
  const left = [...allows].filter((allow) => ![...against].some((deny) => covers(deny, allow)));
  return { allows: left.map(lineOf).sort(byText), denies: [...denies].map(lineOf).sort(byText) };
}

/**
 * Whether `deny` covers all of `allow`. Only a star matches a star, so a pattern that matches another's text covers it.
 */
function covers(deny: Permission, allow: Permission): boolean {
  return matches(deny.action, foldCase(allow.action.source)) && matches(deny.object, foldCase(allow.object.source));
}

function byText(a: ChainLine, b: ChainLine): number {
  const text = ({ policy, object, action, rule }: ChainLine): string => JSON.stringify([policy, object, action, rule]);
  return text(a) < text(b) ? -1 : 1;
}
