/**
 * Reads a question from the command line: `get deployments/web -n dev`, or in the words of a policy, `getDeployment
 * cluster:cls-x/namespace:dev/deployment:web`. Uses the authorizer's own code, so that both give the same answer.
 */
import { HUB, TENANT_EXTRA, TENANT_GROUP_PREFIX } from '../api/installation.ts';
import type { Place } from '../authorization/webhook/attributes.ts';
import { targetOf } from '../authorization/webhook/attributes.ts';
import { type Answer, answerOf, type Prepared, prepare } from '../authorization/webhook/authorize.ts';
import { ownerAt, projectAt } from '../authorization/webhook/projects.ts';
import { type Requester, requesterOf } from '../authorization/webhook/requester.ts';
import type { Review } from '../authorization/webhook/review.ts';
import { InputError } from './errors.ts';
import type { RequesterOptions, TargetOptions } from './options.ts';
import { resourceNamed } from './resource-names.ts';
import { authorizerOf, type Identity, type OpenWorld, type World } from './world/world.ts';

/** The arguments of a command that asks a question. */
export interface Words {
  /** A verb, or an action. */
  readonly verb: string;
  /** RESOURCE[/NAME], an object, or a path. */
  readonly what: string;
  readonly name: string | undefined;
}

/** The object and action of a question, and where the object lies. */
export interface QuestionTarget {
  readonly object: string;
  readonly action: string;
  readonly cluster: string;
  readonly place: Place;
}

/** The project that an object lies in, and the tenant of that project. */
export interface ObjectOwner {
  readonly tenant: string | undefined;
  /** Empty for an object in no project. */
  readonly project: string;
}

/** The question as the authorizer puts it to the rules, or the answer if it needs no rules. Throws InputError. */
export async function questionOf(
  words: Words,
  options: RequesterOptions & TargetOptions,
  world: OpenWorld,
): Promise<Prepared> {
  const identity = await identityOf(options, world);
  if (usesPolicyWords(words)) return policyQuestion(words, identity, options, world);
  const review = { apiVersion: 'v1', ...identity, ...attributesOf(words, options) };
  const prepared = prepare(review, options.cluster ?? HUB, authorizerOf(world));
  if (prepared.settled !== undefined || options.project === undefined) return prepared;
  return { ...prepared, request: { ...prepared.request, domain: options.project } };
}

/** The decision of the authorizer's code in this world. Throws InputError. */
export async function answer(
  words: Words,
  options: RequesterOptions & TargetOptions,
  world: OpenWorld,
): Promise<Answer> {
  return answerOf(await questionOf(words, options, world), authorizerOf(world));
}

/** The target of a question that names no user. */
export function targetIn(words: Words, options: TargetOptions): QuestionTarget {
  if (usesPolicyWords(words)) return { action: words.verb, object: words.what, ...placeIn(words.what) };
  const cluster = options.cluster ?? HUB;
  const review: Review = { apiVersion: 'v1', user: '', groups: [], extra: {}, ...attributesOf(words, options) };
  return { ...targetOf(review, cluster), cluster };
}

/** The owner of the object: the project of --project, otherwise the one that the objects of the world name. */
export function ownerOf(
  { place, cluster }: QuestionTarget,
  { project }: TargetOptions,
  { projects }: World,
): ObjectOwner {
  if (project !== undefined) return { tenant: projects.project(project)?.spec.tenantID, project };
  return ownerAt(place, cluster, projects) ?? { tenant: undefined, project: '' };
}

/** The user of the question. Throws InputError if no user is given or no policy can apply to them. */
export async function requesterIn(options: RequesterOptions, world: OpenWorld): Promise<Requester> {
  const requester = requesterOf({ apiVersion: 'v1', ...(await identityOf(options, world)) });
  if ('stranger' in requester) throw new InputError(`no policy applies to this user: ${requester.stranger}`);
  return requester;
}

async function identityOf({ as, asGroup = [], tenant }: RequesterOptions, { whoAmI }: OpenWorld): Promise<Identity> {
  const extra = tenant === undefined ? {} : { [TENANT_EXTRA]: [tenant] };
  if (as !== undefined) {
    if (tenant === undefined && !asGroup.some((group) => group.startsWith(TENANT_GROUP_PREFIX)))
      throw new InputError(`--as ${as} needs a tenant: add --tenant TENANT`);
    return { user: as, groups: asGroup, extra };
  }
  if (whoAmI === undefined) throw new InputError('manifests do not say who asks: add --as USER --tenant TENANT');
  const self = await whoAmI();
  return { ...self, groups: [...self.groups, ...asGroup], extra: { ...self.extra, ...extra } };
}

/** Whether the words are spelled as in a policy: an action, and an object `kind:name`, perhaps with parents. */
function usesPolicyWords({ what }: Words): boolean {
  return what.includes(':') && !what.startsWith('/');
}

function policyQuestion(words: Words, identity: Identity, { project }: TargetOptions, world: OpenWorld): Prepared {
  const requester = requesterOf({ apiVersion: 'v1', ...identity });
  if ('stranger' in requester) return { settled: { verdict: 'none', reason: requester.stranger } };
  const { verb: action, what: object } = words;
  const { place, cluster } = placeIn(object);
  const domain = project ?? projectAt(place, cluster, requester.tenant, world.projects);
  return { requester, request: { subjects: requester.subjects, domain, object, action } };
}

/** Where an object lies that is spelled as in a policy. */
function placeIn(object: string): Pick<QuestionTarget, 'cluster' | 'place'> {
  const [, cluster = HUB, rest = ''] = /^(?:cluster:([^/]+)\/)?(.*)$/s.exec(object) ?? [];
  const [, kind, name = ''] = /^(namespace|project):([^/]+)/.exec(rest) ?? [];
  if (kind === 'namespace') return { cluster, place: { kind, namespace: name } };
  return { cluster, place: kind === 'project' ? { kind, project: name } : { kind: 'nowhere' } };
}

function attributesOf({ verb, what, name }: Words, options: TargetOptions): Pick<Review, 'resource' | 'path'> {
  if (what.startsWith('/')) return { path: { verb, path: what } };
  const [typed = '', ...nameParts] = what.split('/');
  const namespace = options.allNamespaces === true ? '' : (options.namespace ?? '');
  const named = nameParts.join('/') || (name ?? '');
  return {
    resource: { verb, ...resourceNamed(typed), subresource: options.subresource ?? '', namespace, name: named },
  };
}
