/** A report for people, as the CLI prints it, and in a sentence for a condition of the Cluster. Pure. */
import { EVERYWHERE } from '../rules/line.ts';
import { readNode } from '../rules/node-name.ts';
import type { Bounded, Finding, PermissionReport } from './review.ts';

/** What the condition PermissionsReviewed says. */
export interface Summary {
  readonly status: 'True' | 'False';
  readonly reason: 'NothingChanges' | 'PermissionsGained' | 'PermissionsLost' | 'DenialsLost';
  readonly message: string;
}

const AT_MOST = 1_000;
const ACTIONS_AT_MOST = 6;

/**
 * False when somebody should look before the upgrade: the reason names the gravest finding. Everything counts, but what is named
 * is held in `tenant`, that of the cluster: who may see the cluster may not see the policies of other tenants.
 */
export function summary(report: PermissionReport, tenant: string): Summary {
  const { denials, losses, gains } = report;
  const note = noteOf(report);
  if (denials.length + losses.length + gains.length === 0) {
    return { status: 'True', reason: 'NothingChanges', message: `the upgrade changes no permission${note}` };
  }
  const reason = denials.length > 0 ? 'DenialsLost' : losses.length > 0 ? 'PermissionsLost' : 'PermissionsGained';
  const parts = [
    part('denials that name what the new version lacks', { findings: denials, tenant }, ({ becomes }) =>
      becomes.map((name) => `, then ${name}`).join(''),
    ),
    part('permissions that name what the new version lacks', { findings: losses, tenant }, ({ becomes }) =>
      becomes.map((name) => `, then ${name}`).join(''),
    ),
    part(
      'permissions that also match what the new version adds',
      { findings: gains, tenant },
      ({ subjects }) => `, held by ${list(inWords(subjects), 2)}`,
    ),
  ].filter((text) => text !== '');
  const message = `${parts.join('; ')}${note}`;
  return { status: 'False', reason, message: message.length > AT_MOST ? `${message.slice(0, AT_MOST - 1)}…` : message };
}

/** How many there are, and the first of them that the tenant holds. */
function part(
  what: string,
  { findings, tenant }: { readonly findings: readonly Finding[]; readonly tenant: string },
  more: (finding: Finding) => string,
): string {
  if (findings.length === 0) return '';
  const first = findings.find(({ subjects }) => subjects.named.some((subject) => readNode(subject).tenant === tenant));
  if (first === undefined) return `${what}: ${findings.length}, none of them held in tenant ${tenant}`;
  const { owner, effect, action, object, resources } = first;
  return `${what}: ${findings.length}${findings.length === 1 ? '' : `, of tenant ${tenant}`}: ${owner}, ${effect} ${action} on ${object}: ${list(resources, 2)}${more(first)}`;
}

function noteOf({ moves, versions }: PermissionReport): string {
  const notes = [
    moves.length === 0
      ? ''
      : `; resources that move to another API group, which permissions do not name: ${moves.length}`,
    versions.length === 0
      ? ''
      : `; resources that leave a version of their API, which permissions do not name: ${versions.length}`,
  ];
  return notes.join('');
}

/** Lines of text, denials first; ends with a line break. */
export function reportText(report: PermissionReport): string {
  const parts = [
    section(
      'Denials that name what the new version lacks. What they kept away may have another name there:',
      findingTexts(report.denials, 'gone'),
    ),
    section('Permissions that name what the new version lacks:', findingTexts(report.losses, 'gone')),
    section('Permissions that will also match what the new version adds:', findingTexts(report.gains, 'new')),
    section(
      'Resources that move to another API group (permissions name no group and stay; clients that name it must change):',
      report.moves.map(({ resource, to }) => `  ${resource}: then ${to.join(', ')}\n`),
    ),
    section(
      'Versions that go (permissions name no version and stay; clients that name it must change):',
      report.versions.map(
        ({ resource, gone, served }) => `  ${resource}: gone ${gone.join(', ')}; served ${served.join(', ')}\n`,
      ),
    ),
  ].filter((text) => text !== '');
  return parts.length === 0 ? 'The upgrade changes no permission.\n' : parts.join('\n');
}

function section(title: string, entries: readonly string[]): string {
  return entries.length === 0 ? '' : `${title}\n${entries.join('')}`;
}

/** Lines of one object that differ in their action alone are told together. */
function findingTexts(findings: readonly Finding[], word: 'gone' | 'new'): string[] {
  const alike = Map.groupBy(findings, ({ owner, effect, object, keeps, becomes, subjects, through }) =>
    JSON.stringify([owner, effect, object, keeps, becomes, subjects, through]),
  );
  return [...alike.values()].map((group) => groupText(group, word));
}

function groupText(group: readonly Finding[], word: 'gone' | 'new'): string {
  const [first] = group;
  if (first === undefined) return '';
  const { effect, object, owner, keeps, becomes, subjects, through } = first;
  const actions = group.map(({ action }) => action);
  return [
    `  ${owner}: ${effect} ${list({ named: actions, total: actions.length }, ACTIONS_AT_MOST)} on ${object}\n`,
    `    ${word}: ${list(together(group))}${word === 'gone' && !keeps ? '; nothing else is left of it' : ''}\n`,
    becomes.length === 0 ? '' : `    now called: ${becomes.join(', ')}\n`,
    subjects.total === 0 ? '    held by nobody\n' : `    held by: ${list(inWords(subjects))}\n`,
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
