/**
 * What a command line asks: `get deployments/web -n dev`, or the words of a policy themselves, `getDeployment
 * cluster:cls-x/namespace:dev/deployment:web`. Read as the authorizer reads a review, so that both answer alike.
 */
import { HUB, TENANT_EXTRA, TENANT_GROUP_PREFIX } from '../api/installation.ts';
import type { Place } from '../authorization/webhook/attributes.ts';
import { targetOf } from '../authorization/webhook/attributes.ts';
import { type Prepared, prepare } from '../authorization/webhook/authorize.ts';
import { ownerAt, projectAt } from '../authorization/webhook/projects.ts';
import { type Requester, requesterOf } from '../authorization/webhook/requester.ts';
import type { Review } from '../authorization/webhook/review.ts';
import { InputError } from './errors.ts';
import type { RequesterOptions, TargetOptions } from './options.ts';
import { resourceNamed } from './resource-names.ts';
import type { Identity, OpenWorld } from './world/open.ts';
import { authorizerOf } from './world/world.ts';

/** The words of a command line. */
export interface Words {
  /** A verb, or an action. */
  readonly verb: string;
  /** RESOURCE[/NAME], an object, or a path. */
  readonly what: string;
  readonly name: string | undefined;
}

/** The object of a question, and where it lies. */
export interface Asked {
  readonly object: string;
  readonly action: string;
  readonly cluster: string;
  readonly place: Place;
}

/** The question as the authorizer would put it to the rules, or its answer where it needs none. Throws InputError. */
export async function questionOf(
  words: Words,
  options: RequesterOptions & TargetOptions,
  world: OpenWorld,
): Promise<Prepared> {
  const identity = await identityOf(options, world);
  if (isRaw(words)) return rawQuestion(words, identity, options, world);
  const review = { apiVersion: 'v1', ...identity, ...attributesOf(words, options) };
  const prepared = prepare(review, options.cluster ?? HUB, authorizerOf(world));
  if (prepared.settled !== undefined || options.project === undefined) return prepared;
  return { ...prepared, request: { ...prepared.request, domain: options.project } };
}

/** What is asked about, without anyone who asks. Throws InputError. */
export function askedOf(words: Words, options: TargetOptions): Asked {
  if (isRaw(words)) return { action: words.verb, object: words.what, ...placeIn(words.what) };
  const cluster = options.cluster ?? HUB;
  const review: Review = { apiVersion: 'v1', user: '', groups: [], extra: {}, ...attributesOf(words, options) };
  return { ...targetOf(review, cluster), cluster };
}

/** The project that the object lies in, and whose it is: as --project says, or else as the world's objects say. */
export function ownerOf(
  { place, cluster }: Asked,
  { project }: TargetOptions,
  { projects }: OpenWorld,
): { tenant: string | undefined; project: string } {
  if (project !== undefined) return { tenant: projects.project(project)?.spec.tenantID, project };
  return ownerAt(place, cluster, projects) ?? { tenant: undefined, project: '' };
}

/** Who asks. Throws InputError when nobody is named and nobody is known. */
export async function requesterIn(options: RequesterOptions, world: OpenWorld): Promise<Requester> {
  const requester = requesterOf({ apiVersion: 'v1', ...(await identityOf(options, world)) });
  if ('stranger' in requester) throw new InputError(`no rule speaks of this user: ${requester.stranger}`);
  return requester;
}

async function identityOf({ as, asGroup = [], tenant }: RequesterOptions, { whoAmI }: OpenWorld): Promise<Identity> {
  const extra = tenant === undefined ? {} : { [TENANT_EXTRA]: [tenant] };
  if (as !== undefined) {
    if (tenant === undefined && !asGroup.some((group) => group.startsWith(TENANT_GROUP_PREFIX)))
      throw new InputError(`which tenant is ${as} of? Add --tenant TENANT`);
    return { user: as, groups: asGroup, extra };
  }
  if (whoAmI === undefined) throw new InputError('who asks? Manifests know no users: add --as USER --tenant TENANT');
  const self = await whoAmI();
  return { ...self, groups: [...self.groups, ...asGroup], extra: { ...self.extra, ...extra } };
}

/** The words of a policy: an action, and an object of the form `kind:name`, perhaps within others. */
function isRaw({ what }: Words): boolean {
  return what.includes(':') && !what.startsWith('/');
}

function rawQuestion(words: Words, identity: Identity, { project }: TargetOptions, world: OpenWorld): Prepared {
  const requester = requesterOf({ apiVersion: 'v1', ...identity });
  if ('stranger' in requester) return { settled: { verdict: 'none', reason: requester.stranger } };
  const { verb: action, what: object } = words;
  const { place, cluster } = placeIn(object);
  const domain = project ?? projectAt(place, cluster, requester.tenant, world.projects);
  return { requester, request: { subjects: requester.subjects, domain, object, action } };
}

/** Where an object written out lies. */
function placeIn(object: string): Pick<Asked, 'cluster' | 'place'> {
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
