/**
 * Translates a review's attributes into the object and action of a Casbin request, and says where the object is.
 * The project is not read from the request: `place` says where the object is, and the hub's own objects say which
 * project owns that place. Pure.
 */
import { HUB } from '../../api/installation.ts';
import { isClusterScoped } from './cluster-scoped.ts';
import type { ResourceAttributes, Review } from './review.ts';
import { actionOf, singular } from './vocabulary.ts';

/** Where an object is. */
export type Place =
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'project'; readonly project: string }
  /** All namespaces at once: a list, watch or deletecollection across them. */
  | { readonly kind: 'all-namespaces' }
  | { readonly kind: 'nowhere' };

export interface Target {
  readonly object: string;
  readonly action: string;
  readonly place: Place;
}

/**
 * The most characters that each part of a review may have. These are the limits of Kubernetes itself. The API server
 * authorizes a request before it validates names, so any client may send half a megabyte in one, and matching a text of
 * twice the length against a pattern may take four times as long.
 */
const CHARACTERS_AT_MOST = {
  verb: 253,
  group: 253,
  resource: 63,
  subresource: 253,
  namespace: 63,
  name: 253,
  path: 253,
} as const;

const NOWHERE: Place = { kind: 'nowhere' };
const CLUSTERS_PATH = /^\/apis\/platform\.tkestack\.io\/v1\/clusters\/([^/]+)\/([^/]+)(?:\/([^/]+))?$/;
/** Subresources of the Cluster object itself. Anything else after its name is a kind inside the cluster. */
const CLUSTER_SUBRESOURCES = ['', 'status', 'finalizers', 'scale', 'proxy', 'credentials'];

/** Names the part of a review that exceeds its limit; undefined when the review can be decided. */
export function excessOf({ resource, path }: Pick<Review, 'resource' | 'path'>): string | undefined {
  const parts = Object.entries({ ...resource, ...path });
  const limitOf = (part: string): number => CHARACTERS_AT_MOST[part as keyof typeof CHARACTERS_AT_MOST];
  const [part] = parts.find(([name, { length }]) => length > limitOf(name)) ?? [];
  return part === undefined ? undefined : `the ${part} is longer than ${limitOf(part)} characters`;
}

/** What a review from `cluster` asks for. Objects of the hub carry no cluster prefix. */
export function targetOf(review: Review, cluster: string): Target {
  if (review.resource !== undefined) return resourceTarget(review.resource, cluster);
  const { verb, path } = review.path ?? { verb: '', path: '' };
  const within = cluster === HUB ? CLUSTERS_PATH.exec(path) : null;
  const [, id, kind, name] = within ?? [];
  if (id !== undefined && kind !== undefined) return clusterContent(verb, id, kind, name ?? '');
  // A real path begins with a slash. Without it, a path could read like an object of another kind.
  const object = cluster === HUB ? path.replace(/^\/?/, '/') : prefix(cluster) + path.replace(/^\//, '');
  return { object, action: verb, place: NOWHERE };
}

function resourceTarget(attributes: ResourceAttributes, cluster: string): Target {
  const { group, verb, name, subresource } = attributes;
  if (cluster === HUB && isClusterContent(attributes)) return clusterContent(verb, name, subresource, '');
  const isRegistryNamespace = group === 'registry.tkestack.io' && attributes.resource === 'namespaces';
  const resource = isRegistryNamespace ? 'registrynamespaces' : attributes.resource;
  const { path, place } = locate(attributes, resource, cluster);
  const isCluster = group === 'platform.tkestack.io' && attributes.resource === 'clusters';
  return { object: (isCluster ? '' : prefix(cluster)) + path, action: actionOf({ ...attributes, resource }), place };
}

/** `clusters/CLS/KIND`: a request through the hub for objects inside a member cluster. */
function isClusterContent({ group, resource, name, subresource }: ResourceAttributes): boolean {
  const isCluster = group === 'platform.tkestack.io' && resource === 'clusters';
  return isCluster && name !== '' && !CLUSTER_SUBRESOURCES.includes(subresource);
}

/** A read without a name is a list. A write keeps its verb, so that a right to list never covers it. */
function clusterContent(verb: string, cluster: string, kind: string, name: string): Target {
  const action = actionOf({ verb, resource: kind, subresource: '', name });
  // The path names no namespace, so the request covers all of them.
  const place: Place = isClusterScoped('', kind) ? NOWHERE : { kind: 'all-namespaces' };
  return { object: `cluster:${cluster}/${singular(kind)}:${name === '' ? '*' : name}`, action, place };
}

function locate(
  { group, namespace: sent, name, ...attributes }: ResourceAttributes,
  resource: string,
  cluster: string,
): { path: string; place: Place } {
  const namespace = isClusterScoped(group, attributes.resource) ? '' : sent;
  const leaf = `${singular(resource)}:${name === '' ? '*' : name}`;
  if (group === 'business.tkestack.io') {
    const path = namespace === '' ? leaf : `project:${namespace}/${leaf}`;
    return { path, place: projectPlace(namespace, resource === 'projects' ? name : '', cluster) };
  }
  if (namespace === '') return { path: leaf, place: placeWithoutNamespace(group, attributes.resource, name) };
  // Namespaces of a registry are not namespaces of a cluster, so no project owns them.
  if (group === 'registry.tkestack.io') return { path: `registrynamespace:${namespace}/${leaf}`, place: NOWHERE };
  return { path: `namespace:${namespace}/${leaf}`, place: { kind: 'namespace', namespace } };
}

/** A Namespace object is its own place. A namespaced resource without a namespace means all namespaces. */
function placeWithoutNamespace(group: string, resource: string, name: string): Place {
  if (!isClusterScoped(group, resource)) return { kind: 'all-namespaces' };
  return group === '' && resource === 'namespaces' && name !== '' ? { kind: 'namespace', namespace: name } : NOWHERE;
}

/**
 * Objects of group business.tkestack.io are in a namespace with the name of their project; a Project is its own place.
 * Projects are objects of the hub. In a member cluster, anyone with write access there can create an object of that
 * kind, so it counts for nothing.
 */
function projectPlace(namespace: string, named: string, cluster: string): Place {
  const project = namespace === '' ? named : namespace;
  return project === '' || cluster !== HUB ? NOWHERE : { kind: 'project', project };
}

function prefix(cluster: string): string {
  return cluster === HUB ? '' : `cluster:${cluster}/`;
}
