/** Reads the world of a hub: its Rules, and the objects that say which project owns what. */
import { rules } from '../../api/auth/rule.ts';
import { type Namespace, namespaces } from '../../api/business/namespace.ts';
import { projects } from '../../api/business/project.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import { RuleIndex } from '../../authorization/engine/rule-index.ts';
import { BY_CLAIM, claimOf } from '../../authorization/webhook/projects.ts';
import { putRule } from '../../authorization/webhook/rule-feed.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import type { Client } from '../../runtime/client/client.ts';
import { ApiError } from '../../runtime/errors.ts';
import { InputError } from '../errors.ts';
import type { World } from './world.ts';

/** Throws InputError if the user may not list what the answer needs. */
export async function liveWorld(client: Client, nowMs: number): Promise<World> {
  const [ruleList, namespaceList, projectList] = await Promise.all([
    read(client, rules),
    read(client, namespaces),
    read(client, projects),
  ]);
  const index = new RuleIndex();
  for (const rule of ruleList) putRule(index, rule);
  const claims = new IndexedStore<Namespace>({ [BY_CLAIM]: claimOf });
  for (const namespace of namespaceList)
    claims.set(`${namespace.metadata.namespace ?? ''}/${namespace.metadata.name}`, namespace);
  const byName = new Map(projectList.map((project) => [project.metadata.name, project]));
  return {
    index,
    projects: { claims: (key) => claims.byIndex(BY_CLAIM, key), project: (name) => byName.get(name) },
    nowMs,
  };
}

async function read<T extends KubeObject>(client: Client, resource: Resource<T>): Promise<T[]> {
  try {
    return await client.list(resource);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new InputError(problemOf(error, resource));
  }
}

function problemOf({ status, message }: ApiError, { plural, group }: Resource): string {
  const what = `${plural}.${group}`;
  switch (status) {
    case 403:
      return `you may not list ${what} on this hub, and the answer needs them: ${message}\nYou can still ask about yourself with: kubectl auth can-i VERB RESOURCE`;
    case 404:
      return `this cluster has no ${what}: is it a hub, with Steward installed? (kubectl apply -k config/default)`;
    default:
      return `cannot list ${what}: ${message}`;
  }
}
