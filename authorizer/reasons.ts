/** Decisions in words. They reach the user through kubectl, so they speak of objects that he can look up. */
import type { Chain, Link } from '../engine/chain.ts';
import type { Request } from '../engine/decide.ts';
import type { Miss, NearMiss } from '../engine/nearest.ts';
import { EVERYWHERE } from '../rules/line.ts';
import { readNode } from '../rules/node-name.ts';
import type { Requester } from './requester.ts';

export function decisionReason(verdict: 'allow' | 'deny', chain: Chain, request: Request, requester: Requester): string {
  const { object, action, rule } = chain.line;
  return `${question(request, requester)}: ${verdict === 'allow' ? 'allowed' : 'denied'} by ${described(chain)}, which ${
    verdict === 'allow' ? 'allows' : 'denies'} ${action} on ${object} (rule ${rule})`;
}

export function missReason(miss: NearMiss | undefined, request: Request, requester: Requester): string {
  const asked = `${question(request, requester)}: no policy allows it`;
  return miss === undefined ? asked : `${asked}; nearest is ${described(miss.chain)}, ${DIFFERENCES[miss.miss](miss.chain, request)}`;
}

function question({ action, object, domain }: Request, { user, tenant }: Requester): string {
  return `${user} of tenant ${tenant}, ${action} on ${object}${domain === '' ? '' : ` in project ${domain}`}`;
}

/** The objects along a chain, from the one that binds the subject to the policy: `Grant a → Role b → Policy c`. */
function described({ subject, links, line }: Chain): string {
  const steps = [...links.flatMap(stepsOf), `Policy ${line.owner.name}`];
  const { kind, name } = readNode(subject);
  const whom = kind === 'group' ? `group ${name}: ` : name === EVERYWHERE ? 'every user of the tenant: ' : '';
  return whom + steps.filter((step, i) => step !== steps[i - 1]).join(' → ');
}

/** A binding says more than the edge: who made it is what a person looks for. Roles and groups also stand for themselves. */
function stepsOf({ of, owner: { kind, name } }: Link): string[] {
  const owner = `${kind} ${name}`;
  const target = readNode(of);
  return kind === 'Grant' && target.kind === 'role' ? [owner, `Role ${target.name}`] : [owner];
}

const DIFFERENCES: Readonly<Record<Miss, (chain: Chain, request: Request) => string>> = {
  ended: (chain) => `which ended at ${endOf(chain)}`,
  'other-project': (chain, { domain }) =>
    `which holds only in project ${projectsOf(chain)}, and the object lies in ${domain === '' ? 'no project' : `project ${domain}`}`,
  'other-object': ({ line }) => `which allows it only on ${line.object}`,
  'other-action': ({ line }) => `which allows only ${line.action} there`,
};

function endOf({ links }: Chain): string {
  return links.find(({ notAfter }) => notAfter !== undefined)?.notAfter ?? 'an unknown time';
}

function projectsOf({ links }: Chain): string {
  const projects = links.map((link) => link.domain).filter((domain) => domain !== EVERYWHERE);
  return [...new Set(projects)].join(', ');
}
