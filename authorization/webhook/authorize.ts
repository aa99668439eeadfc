/**
 * Decides a review: first the checks that need no rules, in order, then the rules. The first answer is final.
 * Takes a review and the id of the cluster that sent it, and knows nothing of HTTP, TLS or the API server. Pure.
 */
import { HUB } from '../../api/installation.ts';
import { chainTo, decide, type Request, type Verdict } from '../engine/decide.ts';
import { Meter } from '../engine/meter.ts';
import { nearestMisses } from '../engine/nearest.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import { excessOf, type Place, type Target, targetOf } from './attributes.ts';
import type { CostlyTenants } from './costly-tenants.ts';
import { type ProjectSources, projectAt } from './projects.ts';
import { costReason, decisionReason, missReason } from './reasons.ts';
import { type Requester, requesterOf } from './requester.ts';
import type { Review } from './review.ts';

export interface AuthorizerOptions {
  readonly index: RuleIndex;
  readonly projects: ProjectSources;
  /** A user of the hub who may do everything, to repair broken rules; undefined for none. */
  readonly privilegedUser?: string | undefined;
  /** Whether a group `project:ID` of the request chooses the project of an object that is in none, as in TKEStack. */
  readonly projectFromGroups?: boolean | undefined;
  /** Who sees full chains in reasons: users who may list Rules, or everyone. */
  readonly chainsFor: 'rule-readers' | 'everyone';
  /** The names of the people in a tenant who could grant what a user lacks. */
  readonly grantorsOf: (tenant: string) => readonly string[];
  /** Which tenants get fewer steps for a while. Shared by all questions that one process decides. */
  readonly costlyTenants: CostlyTenants;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly reason: string;
}

/** A review as a request to the rules, or its answer when it needs no rules. */
export type Prepared =
  | { readonly settled: Answer }
  | { readonly settled?: undefined; readonly request: Request; readonly requester: Requester };

/** Decides one review of `cluster`. */
export function authorize(review: Review, cluster: string, options: AuthorizerOptions): Answer {
  return answerOf(prepare(review, cluster, options), options);
}

/** Decides a prepared review. */
export function answerOf(prepared: Prepared, options: AuthorizerOptions): Answer {
  return prepared.settled ?? byRules(prepared.request, prepared.requester, options);
}

/** Runs the checks that need no rules. Returns their answer, or the request to decide by the rules. */
export function prepare(review: Review, cluster: string, options: AuthorizerOptions): Prepared {
  // Identified by name alone, so only on the hub: in a member cluster others choose the names of users.
  if (cluster === HUB && review.user === options.privilegedUser)
    return settle('allow', `${review.user} is the privileged user`);
  const requester = requesterOf(review);
  if ('stranger' in requester) return settle('none', requester.stranger);
  const excess = excessOf(review);
  // A deny, not "no opinion": an overlong request must not get around a deny.
  if (excess !== undefined) return settle('deny', excess);
  const target = targetOf(review, cluster);
  if (cluster === HUB && target.action === 'listPortal') return settle('allow', 'listPortal needs no permission');
  const restricted = restriction(requester, target);
  if (restricted !== undefined) return settle('deny', restricted);
  const { subjects } = requester;
  const { object, action } = target;
  return { requester, request: { subjects, domain: domainOf(requester, target, cluster, options), object, action } };
}

function settle(verdict: Verdict, reason: string): Prepared {
  return { settled: { verdict, reason } };
}

function byRules(request: Request, requester: Requester, options: AuthorizerOptions): Answer {
  const { index, costlyTenants, grantorsOf } = options;
  const { tenant } = requester;
  const at = options.nowMs();
  const meter = new Meter(costlyTenants.stepsFor(tenant, at));
  const decision = decide(index, request, at, meter);
  if (decision.tooCostly === true) {
    costlyTenants.note(tenant, at);
    return { verdict: 'deny', reason: costReason(request, requester, grantorsOf(tenant)) };
  }
  const seesChains = options.chainsFor === 'everyone' || maySeeChains(request, index, at, meter);
  const audience = { ...requester, seesChains };
  if (decision.verdict !== 'none') {
    return {
      verdict: decision.verdict,
      reason: decisionReason(decision.verdict, chainTo(decision), request, audience),
    };
  }
  const [nearest] = nearestMisses(index, request, at, 1);
  return { verdict: 'none', reason: missReason(nearest, request, audience, grantorsOf(tenant)) };
}

/** A user who may list Rules, everywhere or in the project of the request, can follow every chain anyway. */
function maySeeChains({ subjects, domain }: Request, index: RuleIndex, nowMs: number, meter: Meter): boolean {
  return decide(index, { subjects, domain, object: 'rule:*', action: 'listRules' }, nowMs, meter).verdict === 'allow';
}

/** Why the credential itself does not allow the request; undefined when it does. */
function restriction({ projects, namespaces }: Requester, { object, place }: Target): string | undefined {
  const project = /^project:([^/]+)/.exec(object)?.[1];
  if (project !== undefined && projects.length > 0 && !projects.includes(project)) {
    return `the credential is limited to project ${projects.join(', ')}; the request is for project ${project}`;
  }
  const beyond = namespaces.length === 0 ? undefined : namespaceBeyond(place, namespaces);
  return beyond === undefined
    ? undefined
    : `the credential is limited to namespace ${namespaces.join(', ')}; the request is for ${beyond}`;
}

/** What the request covers outside of `namespaces`; undefined when it stays inside. */
function namespaceBeyond(place: Place, namespaces: readonly string[]): string | undefined {
  if (place.kind === 'all-namespaces') return 'all namespaces';
  return place.kind === 'namespace' && !namespaces.includes(place.namespace)
    ? `namespace ${place.namespace}`
    : undefined;
}

function domainOf(requester: Requester, target: Target, cluster: string, options: AuthorizerOptions): string {
  const own = projectAt(target.place, cluster, requester.tenant, options.projects);
  if (own !== '' || options.projectFromGroups !== true) return own;
  return requester.projects[0] ?? '';
}
