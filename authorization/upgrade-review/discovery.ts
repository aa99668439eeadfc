/**
 * What an API server serves, as sorted data. Parses its discovery documents (aggregated, or one list per group and
 * version) and the stored files of known releases.
 */
import { z } from 'zod';

export interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
}

/** One resource in one version of its group. The core group is the empty string. */
export interface ApiResource {
  readonly group: string;
  readonly version: string;
  /** The plural, as in paths. */
  readonly resource: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly subresources: readonly Subresource[];
}

/** Sorted by group, resource and version. */
export type Discovery = readonly ApiResource[];

const strings = z.array(z.string()).default([]);

const Aggregated = z.object({
  kind: z.literal('APIGroupDiscoveryList'),
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().default('') }).default({ name: '' }),
      versions: z
        .array(
          z.object({
            version: z.string(),
            freshness: z.string().optional(),
            resources: z
              .array(
                z.object({
                  resource: z.string(),
                  responseKind: z.object({ kind: z.string().default('') }).default({ kind: '' }),
                  scope: z.enum(['Namespaced', 'Cluster']),
                  singularResource: z.string().default(''),
                  verbs: strings,
                  shortNames: strings,
                  subresources: z.array(z.object({ subresource: z.string(), verbs: strings })).default([]),
                }),
              )
              .default([]),
          }),
        )
        .default([]),
    }),
  ),
});

/**
 * Parses an APIGroupDiscoveryList, the answer of `/api` or `/apis`. Throws for anything else, and when a version is
 * stale.
 */
export function parseAggregated(answer: unknown): Discovery {
  const found = Aggregated.parse(answer).items.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, freshness, resources }) => {
      // A stale list of an extension server may miss resources, and missing resources would look like removals.
      if (freshness === 'Stale') throw new Error(`the discovery of ${metadata.name}/${version} is stale`);
      return resources.map(({ resource, responseKind, scope, singularResource, verbs, shortNames, subresources }) =>
        sortedResource({
          group: metadata.name,
          version,
          resource,
          singular: singularResource,
          kind: responseKind.kind,
          namespaced: scope === 'Namespaced',
          verbs,
          shortNames,
          subresources: subresources.map((each) => ({ name: each.subresource, verbs: each.verbs })),
        }),
      );
    }),
  );
  return sortedDiscovery(found);
}

const ResourceList = z.object({
  kind: z.literal('APIResourceList'),
  groupVersion: z.string(),
  resources: z.array(
    z.object({
      name: z.string(),
      singularName: z.string().default(''),
      kind: z.string(),
      namespaced: z.boolean(),
      verbs: strings,
      shortNames: strings,
    }),
  ),
});

/** Parses an APIResourceList, the answer of `/api/v1` or `/apis/GROUP/VERSION`. */
export function parseResourceList(answer: unknown): Discovery {
  const { groupVersion, resources } = ResourceList.parse(answer);
  const [version = '', group = ''] = groupVersion.split('/').reverse();
  const own = resources.filter(({ name }) => !name.includes('/'));
  return sortedDiscovery(
    own.map(({ name, singularName, kind, namespaced, verbs, shortNames }) =>
      sortedResource({
        group,
        version,
        resource: name,
        singular: singularName,
        kind,
        namespaced,
        verbs,
        shortNames,
        subresources: resources
          .filter((each) => each.name.startsWith(`${name}/`))
          .map((each) => ({ name: each.name.slice(name.length + 1), verbs: each.verbs })),
      }),
    ),
  );
}

const GroupList = z.object({
  kind: z.literal('APIGroupList'),
  groups: z.array(z.object({ versions: z.array(z.object({ groupVersion: z.string() })) })),
});

/** GET of a path of the cluster's API server. The body is JSON text. */
export type Get = (path: string) => Promise<{ readonly status: number; readonly body: string }>;

/**
 * Reads everything that the cluster serves. Throws when one request fails: half a discovery would look like removals.
 */
export async function readDiscovery(get: Get): Promise<Discovery> {
  const { groups } = GroupList.parse(await read(get, '/apis'));
  const paths = [
    '/api/v1',
    ...groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`)),
  ];
  const found: ApiResource[] = [];
  for (const path of paths) found.push(...parseResourceList(await read(get, path)));
  return sortedDiscovery(found);
}

async function read(get: Get, path: string): Promise<unknown> {
  const { status, body } = await get(path);
  if (status !== 200) throw new Error(`cannot read the discovery of the cluster: GET ${path} returned ${status}`);
  return JSON.parse(body);
}

const Stored = z.object({
  release: z.string(),
  resources: z.array(
    z.object({
      group: z.string(),
      version: z.string(),
      resource: z.string(),
      singular: z.string(),
      kind: z.string(),
      namespaced: z.boolean(),
      verbs: z.array(z.string()),
      shortNames: z.array(z.string()),
      subresources: z.array(z.object({ name: z.string(), verbs: z.array(z.string()) })),
    }),
  ),
});

/** Parses the content of a data file (discoveries/RELEASE.json). */
export function parseStored(value: unknown): Discovery {
  return sortedDiscovery(Stored.parse(value).resources);
}

/** The text of a data file, with one line per resource. */
export function storedText(release: string, discovery: Discovery): string {
  const lines = sortedDiscovery(discovery).map((each) => JSON.stringify(each));
  return `{"release":${JSON.stringify(release)},"resources":[\n${lines.join(',\n')}\n]}\n`;
}

function sortedResource(resource: ApiResource): ApiResource {
  return {
    ...resource,
    verbs: resource.verbs.toSorted(),
    shortNames: resource.shortNames.toSorted(),
    subresources: resource.subresources
      .map(({ name, verbs }) => ({ name, verbs: verbs.toSorted() }))
      .toSorted((a, b) => compare(a.name, b.name)),
  };
}

function sortedDiscovery(resources: readonly ApiResource[]): Discovery {
  return resources.toSorted(
    (a, b) => compare(a.group, b.group) || compare(a.resource, b.resource) || compare(a.version, b.version),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
