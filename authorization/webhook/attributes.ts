/**
 * What is asked for: a request of a cluster as the object and action of a Casbin request, and where the object lies.
 * The project is not read from the request: `place` says where the object is, and the hub's own objects say whose that is. Pure.
 */
import { HUB } from '../../api/installation.ts';
import { isClusterScoped } from './cluster-scoped.ts';
import type { ResourceAttributes, Review } from './review.ts';
import { actionOf, singular } from './vocabulary.ts';

/** The hub itself, whose objects carry no cluster prefix. */

/** Where an object lies. */
export type Place =
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'project'; readonly project: string }
  /** In all namespaces at once: a list, watch or deletecollection over them. */
  | { readonly kind: 'all-namespaces' }
  | { readonly kind: 'nowhere' };

export interface Target {
  readonly object: string;
  readonly action: string;
  readonly place: Place;
}

/**
 * The most characters that each part of a question may have: what Kubernetes lets a namespace, a resource and everything
 * else be called by. Authorization comes before the check of names, so whoever may send requests at all may put half a
 * megabyte into one; and held against a pattern, a text of twice the length may take four times as long.
 */
const LONGEST = { verb: 253, group: 253, resource: 63, subresource: 253, namespace: 63, name: 253, path: 253 } as const;

const NOWHERE: Place = { kind: 'nowhere' };
const CLUSTERS_PATH = /^\/apis\/platform\.tkestack\.io\/v1\/clusters\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/;
/** What follows a Cluster's name and is a subresource of the Cluster itself, not a kind within it. */
const CLUSTER_SUBRESOURCES = ['', 'status', 'finalizers', 'scale', 'proxy', 'credentials'];

/** What of a review is longer than anything can be called; undefined for a review that can be decided. */
export function excessOf({ resource, path }: Pick<Review, 'resource' | 'path'>): string | undefined {
  const parts = Object.entries({ ...resource, ...path });
  const limitOf = (part: string): number => LONGEST[part as keyof typeof LONGEST];
  const [part] = parts.find(([name, { length }]) => length > limitOf(name)) ?? [];
  return part === undefined ? undefined : `the ${part} is longer than ${limitOf(part)} characters`;
}

/** The target of a review that `cluster` sent. */
export function targetOf(review: Review, cluster: string): Target {
  if (review.resource !== undefined) return resourceTarget(review.resource, cluster);
  const { verb, path } = review.path ?? { verb: '', path: '' };
  const within = cluster === HUB ? CLUSTERS_PATH.exec(path) : null;
  const [, id, kind, name] = within ?? [];
  if (id !== undefined && kind !== undefined) return clusterContent(verb, id, kind, name ?? '');
  // A real path begins with a slash; without one it would be spelled as an object of another kind is.
  const object = cluster === HUB ? path.replace(/^\/?/, '/') : prefix(cluster) + path.replace(/^\//, '');
  return { object, action: verb, place: NOWHERE };
}

function resourceTarget(asked: ResourceAttributes, cluster: string): Target {
  if (cluster === HUB && isClusterContent(asked)) return clusterContent(asked.verb, asked.name, asked.subresource, '');
  const resource =
    asked.group === 'registry.tkestack.io' && asked.resource === 'namespaces' ? 'registrynamespaces' : asked.resource;
  const { path, place } = locate(asked, resource, cluster);
  const isCluster = asked.group === 'platform.tkestack.io' && asked.resource === 'clusters';
  return { object: (isCluster ? '' : prefix(cluster)) + path, action: actionOf({ ...asked, resource }), place };
}

/** `clusters/CLS/KIND`: a request for what is in a cluster, sent through the hub. */
function isClusterContent({ group, resource, name, subresource }: ResourceAttributes): boolean {
  const isCluster = group === 'platform.tkestack.io' && resource === 'clusters';
  return isCluster && name !== '' && !CLUSTER_SUBRESOURCES.includes(subresource);
}

/** Reading without a name is a list; whatever changes something keeps its verb, so that a right to list never covers it. */
function clusterContent(verb: string, cluster: string, kind: string, name: string): Target {
  const action = actionOf({ verb, resource: kind, subresource: '', name });
  // Nothing says in which namespace, so it is all of them.
  const place: Place = isClusterScoped('', kind) ? NOWHERE : { kind: 'all-namespaces' };
  return { object: `cluster:${cluster}/${singular(kind)}:${name === '' ? '*' : name}`, action, place };
}

function locate(
  { group, namespace: sent, name, ...asked }: ResourceAttributes,
  resource: string,
  cluster: string,
): { path: string; place: Place } {
  const namespace = isClusterScoped(group, asked.resource) ? '' : sent;
  const leaf = `${singular(resource)}:${name === '' ? '*' : name}`;
  if (group === 'business.tkestack.io') {
    const path = namespace === '' ? leaf : `project:${namespace}/${leaf}`;
    return { path, place: projectPlace(namespace, resource === 'projects' ? name : '', cluster) };
  }
  if (namespace === '') return { path: leaf, place: placeWithoutNamespace(group, asked.resource, name) };
  // A registry's namespaces are not those of a cluster, so no project owns them.
  if (group === 'registry.tkestack.io') return { path: `registrynamespace:${namespace}/${leaf}`, place: NOWHERE };
  return { path: `namespace:${namespace}/${leaf}`, place: { kind: 'namespace', namespace } };
}

/** A namespace object is its own place; what lies in namespaces is asked for in all of them. */
function placeWithoutNamespace(group: string, resource: string, name: string): Place {
  if (!isClusterScoped(group, resource)) return { kind: 'all-namespaces' };
  return group === '' && resource === 'namespaces' && name !== '' ? { kind: 'namespace', namespace: name } : NOWHERE;
}

/**
 * Objects of group business lie in a namespace that is named as their project; a Project is its own place. Projects are
 * objects of the hub: what a member cluster calls so is anybody's who may write there.
 */
function projectPlace(namespace: string, named: string, cluster: string): Place {
  const project = namespace === '' ? named : namespace;
  return project === '' || cluster !== HUB ? NOWHERE : { kind: 'project', project };
}

function prefix(cluster: string): string {
  return cluster === HUB ? '' : `cluster:${cluster}/`;
}
