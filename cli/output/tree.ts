/** An explanation as text: chains as a tree that starts at the user, with the object that made each step. */
import type { Chain, Link } from '../../authorization/engine/chain.ts';
import type { Request } from '../../authorization/engine/decide.ts';
import type { Explanation } from '../../authorization/engine/explain.ts';
import type { Miss } from '../../authorization/engine/nearest.ts';
import { coloured } from './colour.ts';
import { domainInWords, nameInWords } from './words.ts';

interface Branch {
  readonly text: string;
  readonly branches: Branch[];
}

const MISSES: Readonly<Record<Miss, string>> = {
  ended: 'has ended',
  'other-project': 'counts only in another project',
  'other-object': 'allows it on other objects',
  'other-action': 'allows other actions on it',
};

/** Several lines, without a line break at the end. `grantors` are users who can grant what nothing allows yet. */
export function explanationText(explanation: Explanation, request: Request, grantors: readonly string[]): string {
  const { object, action, domain } = request;
  const title = `${coloured(explanation.verdict, explanation.verdict)}: ${action} on ${object}${domain === '' ? '' : ` in project ${domain}`}`;
  const advice = grantors.length === 0 ? [] : [`Users of the tenant who can grant it: ${grantors.join(', ')}`];
  return [title, ...bodyOf(explanation), ...advice, '', `rules revision ${explanation.revision}`].join('\n');
}

function bodyOf(explanation: Explanation): string[] {
  if (explanation.verdict === 'none') return noOpinion(explanation);
  if (explanation.tooCostly === true) {
    return [
      'Denied because the policies that match this request take too many steps to evaluate. Use fewer lines, or fewer stars in them.',
    ];
  }
  const { chains, beaten, complete } = explanation;
  return [
    ...treeOf(chains),
    ...(beaten.length === 0 ? [] : ['', 'The deny overrides these allows:', ...treeOf(beaten)]),
    ...(complete ? [] : ['', 'There are more chains than these.']),
  ];
}

function noOpinion({ nearest, wouldAllow }: Extract<Explanation, { verdict: 'none' }>): string[] {
  const near = nearest.flatMap(({ miss, chain }) => ['', `Nearest, but it ${MISSES[miss]}:`, ...treeOf([chain])]);
  const policies = [...new Set(wouldAllow.map(({ policy }) => policy))];
  return [
    'No policy that the user holds allows it.',
    ...near,
    ...(policies.length === 0 ? [] : ['', `Policies that would allow it: ${policies.join(', ')}`]),
  ];
}

/** Draws chains as trees; chains that start with the same steps share them. */
export function treeOf(chains: readonly Chain[]): string[] {
  const roots: Branch[] = [];
  for (const { subject, links, line } of chains) {
    let at = branchIn(roots, nameInWords(subject, line.owner.kind === 'File'));
    for (const link of links) at = branchIn(at.branches, stepText(link));
    branchIn(
      at.branches,
      `${line.effect === 'allow' ? 'allows' : 'denies'} ${line.action} on ${line.object}  (${origin(line)})`,
    );
  }
  return roots.flatMap(({ text, branches }) => [text, ...drawn(branches, '')]);
}

function stepText({ of, domain, notAfter, ...source }: Link): string {
  return `${nameInWords(of, source.owner.kind === 'File')}${domainInWords(domain)}${notAfter === undefined ? '' : ` until ${notAfter}`}  (${origin(source)})`;
}

/** The object that made a step and its Rule; for a line of a file, the place of the line. */
function origin({ owner, rule }: Pick<Link, 'owner' | 'rule'>): string {
  return owner.kind === 'File' ? rule : `${owner.kind} ${owner.name}, rule ${rule}`;
}

function branchIn(branches: Branch[], text: string): Branch {
  const known = branches.find((branch) => branch.text === text);
  if (known !== undefined) return known;
  const branch = { text, branches: [] };
  branches.push(branch);
  return branch;
}

function drawn(branches: readonly Branch[], indent: string): string[] {
  return branches.flatMap(({ text, branches: below }, i) => {
    const last = i === branches.length - 1;
    return [`${indent}${last ? '└─ ' : '├─ '}${text}`, ...drawn(below, indent + (last ? '   ' : '│  '))];
  });
}
