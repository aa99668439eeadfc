/**
 * The order of a decision: what is settled without rules, then the rules. The first that speaks decides.
 * Input is a review and the id of the cluster that sent it; nothing here knows of HTTP, TLS or the API server.
 */
import { type Request, chainTo, decide } from '../engine/decide.ts';
import { nearestMisses } from '../engine/nearest.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import { HUB, type Place, type Target, targetOf } from './attributes.ts';
import { type ProjectSources, projectAt } from './projects.ts';
import { decisionReason, missReason } from './reasons.ts';
import { type Requester, requesterOf } from './requester.ts';
import type { Review, Verdict } from './review.ts';

export interface AuthorizerOptions {
  readonly index: RuleIndex;
  readonly projects: ProjectSources;
  /** The user who may do everything, for the day when the rules are broken; undefined for none. */
  readonly privilegedUser?: string | undefined;
  /** Lets a group `project:ID` of the request choose the project where the object has none, as the original does. */
  readonly projectFromGroups?: boolean | undefined;
  readonly nowMs: () => number;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** Decides one review of `cluster`. */
export function authorize(review: Review, cluster: string, options: AuthorizerOptions): Answer {
  // By name alone, so only where names are the platform's own.
  if (cluster === HUB && review.user === options.privilegedUser) return { verdict: 'allow', reason: `${review.user} is the privileged user` };
  const requester = requesterOf(review);
  if ('stranger' in requester) return { verdict: 'none', reason: requester.stranger };
  const target = targetOf(review, cluster);
  if (cluster === HUB && target.action === 'listPortal') return { verdict: 'allow', reason: 'listPortal needs no permission' };
  const restricted = restriction(requester, target);
  if (restricted !== undefined) return { verdict: 'deny', reason: restricted };
  const request: Request = {
    subjects: requester.subjects,
    domain: domainOf(requester, target, cluster, options),
    object: target.object,
    action: target.action,
  };
  return byRules(request, requester, options);
}

function byRules(request: Request, requester: Requester, { index, nowMs }: AuthorizerOptions): Answer {
  const at = nowMs();
  const decision = decide(index, request, at);
  if (decision.verdict !== 'none') {
    return { verdict: decision.verdict, reason: decisionReason(decision.verdict, chainTo(decision), request, requester) };
  }
  return { verdict: 'none', reason: missReason(nearestMisses(index, request, at, 1)[0], request, requester) };
}

/** What the credential itself rules out. */
function restriction({ projects, namespaces }: Requester, { object, place }: Target): string | undefined {
  const project = /^project:([^/]+)/.exec(object)?.[1];
  if (project !== undefined && projects.length > 0 && !projects.includes(project)) {
    return `the credential is for project ${projects.join(', ')}, not for ${project}`;
  }
  const beyond = namespaces.length === 0 ? undefined : namespaceBeyond(place, namespaces);
  return beyond === undefined ? undefined : `the credential is for namespace ${namespaces.join(', ')}, not for ${beyond}`;
}

/** The namespace that a request reaches outside of `namespaces`. */
function namespaceBeyond(place: Place, namespaces: readonly string[]): string | undefined {
  if (place.kind === 'all-namespaces') return 'all namespaces';
  return place.kind === 'namespace' && !namespaces.includes(place.namespace) ? place.namespace : undefined;
}

function domainOf(requester: Requester, target: Target, cluster: string, options: AuthorizerOptions): string {
  const own = projectAt(target.place, cluster, requester.tenant, options.projects);
  if (own !== '' || options.projectFromGroups !== true) return own;
  return requester.projects[0] ?? '';
}
