/**
 * Translates a discovery into the words of policies: for each verb of each resource, the action and the objects that it
 * can apply to, spelled by the authorizer's own code. Neither names an API group or version.
 */
import { type Target, targetOf } from '../webhook/attributes.ts';
import type { ResourceAttributes } from '../webhook/review.ts';
import type { ApiResource, Discovery } from './discovery.ts';

/** Stands for any name in an object. No real name contains it, and in a pattern only `*` matches it. */
export const ANY_NAME = '\u0001';
/** Stands for a resource that no policy names. */
const UNNAMED_RESOURCE = '\u0002';

/** A request in the words of policies, with ANY_NAME in place of names. */
export type ActionOnObject = Pick<Target, 'action' | 'object'>;

/** One action on one object, and a request that translates to it. */
export interface Word extends ActionOnObject {
  /** `pods/log`, `deployments.apps`: as people name it. When several resources share these words, the first one. */
  readonly resource: string;
  readonly attributes: ResourceAttributes;
}

/** The words of all requests for what `discovery` lists, in `cluster`, by action and object. */
export function wordsOf(discovery: Discovery, cluster: string): ReadonlyMap<string, Word> {
  const words = new Map<string, Word>();
  for (const each of discovery) {
    for (const part of [{ name: '', verbs: each.verbs }, ...each.subresources]) {
      for (const verb of part.verbs) addWords(words, each, { cluster, verb, subresource: part.name });
    }
  }
  return words;
}

function addWords(
  words: Map<string, Word>,
  { group, resource, namespaced }: ApiResource,
  { cluster, verb, subresource }: { cluster: string; verb: string; subresource: string },
): void {
  for (const namespace of namespaced ? [ANY_NAME, ''] : ['']) {
    for (const name of [ANY_NAME, '']) {
      const attributes = { verb, group, resource, subresource, namespace, name };
      const target = targetIn(cluster, attributes);
      const key = `${target.action} ${target.object}`;
      if (!words.has(key)) words.set(key, { ...target, resource: nameOf(attributes, subresource), attributes });
    }
  }
}

function targetIn(cluster: string, resource: ResourceAttributes): ActionOnObject {
  const { action, object } = targetOf({ apiVersion: '', user: '', groups: [], extra: {}, resource }, cluster);
  return { action, object };
}

/**
 * The same request for a resource that no policy names. A line that matches this too does not name the word's resource.
 */
export function unnamed({ attributes }: Word, cluster: string): ActionOnObject {
  return targetIn(cluster, { ...attributes, resource: UNNAMED_RESOURCE });
}

/** `deployments.apps/scale`, `pods` */
export function nameOf({ group, resource }: Pick<ApiResource, 'group' | 'resource'>, subresource = ''): string {
  return `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`;
}
