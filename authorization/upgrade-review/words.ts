/**
 * What a discovery means in the words of policies: for each verb of each resource the action, and the objects that it can be
 * asked on, as the authorizer itself spells them. Neither holds a group or a version of the API.
 */
import { targetOf } from '../webhook/attributes.ts';
import type { ApiResource, Discovery } from './discovery.ts';

/** Stands in objects for any name; no name holds it, and of a pattern only `*` matches it. */
export const ANY_NAME = '\u0001';
/** Stands for a resource that nobody has heard of. */
const UNHEARD_OF = '\u0002';

/** A request. */
interface Asked {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** What a request is in the words of policies, with ANY_NAME in the place of names. */
export interface Target {
  readonly action: string;
  readonly object: string;
}

/** One thing that can be asked for. */
export interface Word extends Target {
  /** `pods/log`, `deployments.apps`: as people name it; the first of those that are asked for in these words. */
  readonly resource: string;
  readonly asked: Asked;
}

/** The words of all requests for what `discovery` lists, in `cluster`; by action and object. */
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
      const asked = { verb, group, resource, subresource, namespace, name };
      const target = targetIn(cluster, asked);
      const key = `${target.action} ${target.object}`;
      if (!words.has(key)) words.set(key, { ...target, resource: nameOf(asked, subresource), asked });
    }
  }
}

function targetIn(cluster: string, asked: Asked): Target {
  const { action, object } = targetOf({ apiVersion: '', user: '', groups: [], extra: {}, resource: asked }, cluster);
  return { action, object };
}

/** The same question about a resource that nobody has heard of: a line that is about that too does not name this one. */
export function unnamed({ asked }: Word, cluster: string): Target {
  return targetIn(cluster, { ...asked, resource: UNHEARD_OF });
}

/** `deployments.apps/scale`, `pods` */
export function nameOf({ group, resource }: Pick<ApiResource, 'group' | 'resource'>, subresource = ''): string {
  return `${resource}${group === '' ? '' : `.${group}`}${subresource === '' ? '' : `/${subresource}`}`;
}
