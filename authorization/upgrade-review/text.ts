/** Writes a permission report as text for the CLI, and as one sentence for a condition of the Cluster. Pure. */
import { shortened } from '../../api/schema/message.ts';
import { EVERYWHERE } from '../rules/line.ts';
import { readNode } from '../rules/node-name.ts';
import type { Bounded, Finding, PermissionReport } from './review.ts';

/** The content of the condition PermissionsReviewed. */
export interface Summary {
  readonly status: 'True' | 'False';
  readonly reason: 'NothingChanges' | 'PermissionsGained' | 'PermissionsLost' | 'DenialsLost';
  readonly message: string;
}

const ACTIONS_AT_MOST = 6;
/** How many resources and subjects the summary names. */
const SUMMARY_AT_MOST = 2;

/**
 * False when someone should look before the upgrade; the reason names the gravest finding. The message counts all
 * findings but names only those held in `tenant`, the cluster's: users who may see the cluster may not see policies of
 * other tenants.
 */
export function summary(report: PermissionReport, tenant: string): Summary {
  const { denials, losses, gains } = report;
  const note = noteOf(report);
  if (denials.length + losses.length + gains.length === 0) {
    return { status: 'True', reason: 'NothingChanges', message: `the upgrade changes no permission${note}` };
  }
  const reason = denials.length > 0 ? 'DenialsLost' : losses.length > 0 ? 'PermissionsLost' : 'PermissionsGained';
  const renamed = ({ becomes }: Finding): string => becomes.map((name) => `, renamed to ${name}`).join('');
  const parts = [
    part(['deny line names', 'deny lines name'], REMOVED, { findings: denials, tenant }, renamed),
    part(['allow line names', 'allow lines name'], REMOVED, { findings: losses, tenant }, renamed),
    part(
      ['allow line also matches', 'allow lines also match'],
      'resources that the new version adds',
      { findings: gains, tenant },
      ({ subjects }) => `, held by ${list(inWords(subjects), SUMMARY_AT_MOST)}`,
    ),
  ].filter((text) => text !== '');
  return { status: 'False', reason, message: shortened(`${parts.join('; ')}${note}`) };
}

const REMOVED = 'resources that the new version removes';

/** How many findings there are, and the first one that the tenant holds. */
function part(
  verb: readonly [one: string, more: string],
  what: string,
  { findings, tenant }: { readonly findings: readonly Finding[]; readonly tenant: string },
  detail: (finding: Finding) => string,
): string {
  if (findings.length === 0) return '';
  const count = `${counted(findings.length, verb)} ${what}`;
  const first = findings.find(({ subjects }) => subjects.named.some((subject) => readNode(subject).tenant === tenant));
  if (first === undefined) return `${count} (none held in tenant ${tenant})`;
  const { owner, effect, action, object, resources } = first;
  const does = effect === 'allow' ? 'allows' : 'denies';
  const example = `${owner} ${does} ${action} on ${object}: ${list(resources, SUMMARY_AT_MOST)}${detail(first)}`;
  return `${count}${findings.length === 1 ? '' : `, for example in tenant ${tenant}`}: ${example}`;
}

function noteOf({ moves, versions }: PermissionReport): string {
  const moved = counted(moves.length, ['resource moves', 'resources move']);
  const reduced = counted(versions.length, ['resource loses', 'resources lose']);
  return [
    moves.length === 0 ? '' : `; ${moved} to another API group, which does not affect permissions`,
    versions.length === 0 ? '' : `; ${reduced} a version of the API, which does not affect permissions`,
  ].join('');
}

function counted(count: number, [one, more]: readonly [one: string, more: string]): string {
  return `${count} ${count === 1 ? one : more}`;
}

/** The report as lines of text, deny lines first. Ends with a line break. */
export function reportText(report: PermissionReport): string {
  const parts = [
    section(
      `Deny lines for ${REMOVED}. What they protect may have another name there:`,
      findingTexts(report.denials, 'removed'),
    ),
    section(`Allow lines for ${REMOVED}:`, findingTexts(report.losses, 'removed')),
    section(
      'Allow lines that will also match resources that the new version adds:',
      findingTexts(report.gains, 'added'),
    ),
    section(
      'Resources that move to another API group. Permissions name no group and stay valid; clients must change:',
      report.moves.map(({ resource, to }) => `  ${resource}: moves to ${to.join(', ')}\n`),
    ),
    section(
      'API versions that are removed. Permissions name no version and stay valid; clients must change:',
      report.versions.map(
        ({ resource, gone, served }) =>
          `  ${resource}: removed ${gone.join(', ')}; still served ${served.join(', ')}\n`,
      ),
    ),
  ].filter((text) => text !== '');
  return parts.length === 0 ? 'The upgrade changes no permission.\n' : parts.join('\n');
}

function section(title: string, entries: readonly string[]): string {
  return entries.length === 0 ? '' : `${title}\n${entries.join('')}`;
}

/** Lines of one object that differ only in their action are shown together. */
function findingTexts(findings: readonly Finding[], change: 'removed' | 'added'): string[] {
  const alike = Map.groupBy(findings, ({ owner, effect, object, keeps, becomes, subjects, through }) =>
    JSON.stringify([owner, effect, object, keeps, becomes, subjects, through]),
  );
  return [...alike.values()].map((group) => groupText(group, change));
}

function groupText(group: readonly Finding[], change: 'removed' | 'added'): string {
  const [first] = group;
  if (first === undefined) return '';
  const { effect, object, owner, keeps, becomes, subjects, through } = first;
  const actions = group.map(({ action }) => action);
  const rest = change === 'removed' && !keeps ? '; the line matches nothing else' : '';
  return [
    `  ${owner}: ${effect} ${list({ named: actions, total: actions.length }, ACTIONS_AT_MOST)} on ${object}\n`,
    `    ${change}: ${list(together(group))}${rest}\n`,
    becomes.length === 0 ? '' : `    new name: ${becomes.join(', ')}\n`,
    subjects.total === 0 ? '    held by no one\n' : `    held by: ${list(inWords(subjects))}\n`,
    through.total === 0 ? '' : `    through: ${list(through)}\n`,
  ].join('');
}

function together(group: readonly Finding[]): Bounded {
  const named = [...new Set(group.flatMap(({ resources }) => resources.named))];
  return { named, total: Math.max(named.length, ...group.map(({ resources }) => resources.total)) };
}

/** `user alice of tenant acme` */
function inWords({ named, total }: Bounded): Bounded {
  const words = named.map((subject) => {
    const { kind, tenant = '', name } = readNode(subject);
    return kind === 'user' && name === EVERYWHERE
      ? `every user of tenant ${tenant}`
      : `${kind} ${name} of tenant ${tenant}`;
  });
  return { named: words, total };
}

function list({ named, total }: Bounded, most = named.length): string {
  const shown = named.slice(0, most);
  const more = total - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
