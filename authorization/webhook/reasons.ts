/**
 * Decisions in words. They reach the user through kubectl, so they say what he can look up or do. The objects along a
 * chain (who is in which group, what binds it) tell more than his own rights: only `chains` readers get to see them. Pure.
 */
import type { Chain, Link } from '../engine/chain.ts';
import type { Request } from '../engine/decide.ts';
import type { Miss, NearMiss } from '../engine/nearest.ts';
import { EVERYWHERE } from '../rules/line.ts';
import { readNode } from '../rules/node-name.ts';
import type { Requester } from './requester.ts';

/** What a reason may speak of. */
export interface Audience {
  /** Whether it may name the objects along a chain, or only the policy at its end. */
  readonly chains: boolean;
}

export function decisionReason(
  verdict: 'allow' | 'deny',
  chain: Chain,
  request: Request,
  requester: Requester & Audience,
): string {
  const { object, action, rule } = chain.line;
  const [done, does] = verdict === 'allow' ? ['allowed', 'allows'] : ['denied', 'denies'];
  const line = `${done} by ${described(chain, requester)}, which ${does} ${action} on ${object}`;
  return `${question(request, requester)}: ${line}${requester.chains ? ` (rule ${rule})` : ''}`;
}

/** `whomToAsk` are the people who could grant it. */
export function missReason(
  miss: NearMiss | undefined,
  request: Request,
  requester: Requester & Audience,
  whomToAsk: readonly string[],
): string {
  const asked = `${question(request, requester)}: no policy allows it`;
  const nearest =
    miss === undefined
      ? ''
      : `; nearest is ${described(miss.chain, requester)}, ${DIFFERENCES[miss.miss](miss.chain, request)}`;
  return `${asked}${nearest}. ${advice(requester, whomToAsk)}`;
}

/** Why a request is denied that takes too long to decide. */
export function costReason(request: Request, requester: Requester, whomToAsk: readonly string[]): string {
  const cause = `the policies of tenant ${requester.tenant} that lead from this user are too costly to decide by (too many lines with stars, or too many bindings), so a denial among them may be out of reach`;
  return `${question(request, requester)}: denied, since ${cause}. ${advice(requester, whomToAsk)}`;
}

const NAMED = 3;

function advice({ tenant }: Requester, whomToAsk: readonly string[]): string {
  if (whomToAsk.length === 0) return 'Ask a platform administrator.';
  const more = whomToAsk.length > NAMED ? ` or ${whomToAsk.length - NAMED} more` : '';
  return `Ask whoever administers tenant ${tenant}: ${whomToAsk.slice(0, NAMED).join(', ')}${more}.`;
}

function question({ action, object, domain }: Request, { user, tenant }: Requester): string {
  return `${user} of tenant ${tenant}, ${action} on ${object}${domain === '' ? '' : ` in project ${domain}`}`;
}

/** The objects along a chain, from the one that binds the subject to the policy: `Grant a → Role b → Policy c`. */
function described({ subject, links, line }: Chain, { chains }: Audience): string {
  const policy = `Policy ${line.owner.name}`;
  if (!chains) return policy;
  const steps = [...links.flatMap(stepsOf), policy];
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
  ended: (chain) => `which was held until ${endOf(chain)}`,
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
