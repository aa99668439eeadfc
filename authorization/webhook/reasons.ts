/**
 * The reasons of decisions, as sentences. kubectl shows them to the user, so they say what the user can look up or do.
 * They quote action, object and pattern literally: a policy author copies them from here. The objects along a chain
 * (who is in which group, what binds it) reveal more than the user's own rights, so only readers of chains see them.
 * Pure.
 */
import type { Chain, Link } from '../engine/chain.ts';
import type { Request } from '../engine/decide.ts';
import type { Miss, NearMiss } from '../engine/nearest.ts';
import { EVERYWHERE, endMs } from '../rules/line.ts';
import { readNode } from '../rules/node-name.ts';
import type { Requester } from './requester.ts';

/** The requester, and what a reason may show them. */
export interface Audience extends Requester {
  /** Whether the reason may name the objects along a chain, or only the policy at its end. */
  readonly seesChains: boolean;
}

/** Why a request is allowed or denied: the policy at the end of `chain` says so. */
export function decisionReason(verdict: 'allow' | 'deny', chain: Chain, request: Request, audience: Audience): string {
  const { object, action, rule } = chain.line;
  const [may, does] = verdict === 'allow' ? ['may', 'allows'] : ['may not', 'denies'];
  const policy = `${policyText(chain, audience)} ${does} ${action} on ${object}`;
  return `${requestText(request, audience, may)}: ${policy}${audience.seesChains ? ` (Rule ${rule})` : ''}`;
}

/** Why a request is not allowed: what came nearest, and the `grantors` who could allow it. */
export function missReason(
  miss: NearMiss | undefined,
  request: Request,
  audience: Audience,
  grantors: readonly string[],
): string {
  const missing = `${requestText(request, audience, 'may not')}: no policy allows it.`;
  const nearest =
    miss === undefined
      ? ''
      : ` The closest match is ${policyText(miss.chain, audience)}, but ${OBSTACLES[miss.miss](miss.chain, request)}.`;
  return `${missing}${nearest} ${advice(audience, grantors)}`;
}

/** Why a request is denied when its rules take too many steps to evaluate. */
export function costReason(request: Request, requester: Requester, grantors: readonly string[]): string {
  const cause = `the policies of tenant ${requester.tenant} that apply to this user are too costly to evaluate (too many wildcard lines or too many bindings), and a deny among them could be missed`;
  return `${requestText(request, requester, 'may not')}: ${cause}. ${advice(requester, grantors)}`;
}

/** How many grantors a reason names. */
const NAMED_AT_MOST = 3;

function advice({ tenant }: Requester, grantors: readonly string[]): string {
  if (grantors.length === 0) return 'Ask a platform administrator.';
  const named = grantors.slice(0, NAMED_AT_MOST).join(', ');
  const more = grantors.length > NAMED_AT_MOST ? ` or ${grantors.length - NAMED_AT_MOST} more` : '';
  return `Ask an administrator of tenant ${tenant}: ${named}${more}.`;
}

/** `bob of tenant acme may getPod on namespace:dev/pod:web in project prj-shop` */
function requestText({ action, object, domain }: Request, { user, tenant }: Requester, may: string): string {
  return `${user} of tenant ${tenant} ${may} ${action} on ${object}${domain === '' ? '' : ` in project ${domain}`}`;
}

/** The objects along a chain, from the one that binds the subject to the policy: `Grant a → Role b → Policy c`. */
function policyText({ subject, links, line }: Chain, { seesChains }: Audience): string {
  const policy = `Policy ${line.owner.name}`;
  if (!seesChains) return policy;
  const steps = [...subjectSteps(subject), ...links.flatMap(linkSteps), policy];
  return steps.filter((step, i) => step !== steps[i - 1]).join(' → ');
}

/** The subject that a chain starts from, unless it is the user: the reason has named the user already. */
function subjectSteps(subject: string): string[] {
  const { kind, tenant = '', name } = readNode(subject);
  if (kind === 'group') return [`group ${name}`];
  return name === EVERYWHERE ? [`every user of tenant ${tenant}`] : [];
}

/** The object that owns an edge is what an administrator would change. After a Grant comes the Role that it gives. */
function linkSteps({ of, owner: { kind, name } }: Link): string[] {
  const owner = `${kind} ${name}`;
  const target = readNode(of);
  return kind === 'Grant' && target.kind === 'role' ? [owner, `Role ${target.name}`] : [owner];
}

/** Why the closest match does not allow the request. */
const OBSTACLES: Readonly<Record<Miss, (chain: Chain, request: Request) => string>> = {
  ended: (chain) => `access through it ended at ${endOf(chain)}`,
  'other-project': (chain, { domain }) =>
    `it applies only in project ${projectsOf(chain)} and the object is in ${domain === '' ? 'no project' : `project ${domain}`}`,
  'other-object': ({ line }, { action }) => `it allows ${action} only on ${line.object}`,
  'other-action': ({ line }) => `it allows only ${line.action} on this object`,
};

/** The earliest end along the chain: the chain counts no longer than its shortest link. */
function endOf({ links }: Chain): string {
  const ends = links.flatMap(({ notAfter }) => notAfter ?? []);
  return ends.reduce((first, end) => (endMs(end) < endMs(first) ? end : first), ends[0] ?? 'an unknown time');
}

function projectsOf({ links }: Chain): string {
  const projects = links.map((link) => link.domain).filter((domain) => domain !== EVERYWHERE);
  return [...new Set(projects)].join(', ');
}
