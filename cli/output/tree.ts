/** An explanation for people: chains as a tree that begins at the subject, with the object that made each step. */
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
  'other-project': 'holds in another project',
  'other-object': 'allows it on other objects',
  'other-action': 'allows other actions on it',
};

/** Several lines, without a line break at the end. `whomToAsk`: whom to ask for what nothing allows. */
export function explanationText(explanation: Explanation, request: Request, whomToAsk: readonly string[]): string {
  const { object, action, domain } = request;
  const title = `${coloured(explanation.verdict, explanation.verdict)}: ${action} on ${object}${domain === '' ? '' : ` in project ${domain}`}`;
  const advice = whomToAsk.length === 0 ? [] : [`Whom to ask in this tenant: ${whomToAsk.join(', ')}`];
  return [title, ...bodyOf(explanation), ...advice, '', `rules revision ${explanation.revision}`].join('\n');
}

function bodyOf(explanation: Explanation): string[] {
  if (explanation.verdict === 'none') return noOpinion(explanation);
  if (explanation.tooCostly === true) {
    return [
      'Denied because the policies that this question meets take too many steps to decide it: fewer lines, or fewer stars in them, help.',
    ];
  }
  const { chains, beaten, complete } = explanation;
  return [
    ...treeOf(chains),
    ...(beaten.length === 0 ? [] : ['', 'The denial takes precedence over what would allow it:', ...treeOf(beaten)]),
    ...(complete ? [] : ['', 'There are more chains than are listed.']),
  ];
}

function noOpinion({ nearest, wouldAllow }: Extract<Explanation, { verdict: 'none' }>): string[] {
  const near = nearest.flatMap(({ miss, chain }) => ['', `Nearest, which ${MISSES[miss]}:`, ...treeOf([chain])]);
  const policies = [...new Set(wouldAllow.map(({ policy }) => policy))];
  return [
    'No policy that the subjects hold allows it.',
    ...near,
    ...(policies.length === 0 ? [] : ['', `Policies that would allow it: ${policies.join(', ')}`]),
  ];
}

/** Chains that begin alike share their beginning. */
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

/** The object that made a step, and the Rule; for lines of a file the two are one. */
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
