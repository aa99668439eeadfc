/**
 * Generates the rules and requests of an invented but realistic platform, always the same for the same size. It has
 * tenants of about a thousand rules, each with users in groups, groups and users bound to roles and policies in
 * projects or everywhere, and a few denies. The peers get exactly the same lines.
 *
 * Of a thousand rules, 300 are lines of 50 policies, 40 make up 10 roles, 40 bind 20 groups, 400 are group memberships
 * of 200 users, and 200 bind users directly. Requests are skewed like real traffic: the user of rank r asks 1/r as
 * often as the first.
 */
import type { GroupingLine, PermissionLine, RuleLine } from '../authorization/rules/line.ts';
import { groupNode, userNode } from '../authorization/rules/node-name.ts';
import { mulberry32, type Random } from '../test/support/seeded-random.ts';

/** A request in Casbin's terms: subject, domain, object, action. */
export interface CasbinRequest {
  readonly sub: string;
  readonly dom: string;
  readonly obj: string;
  readonly act: string;
}

export interface Dataset {
  readonly lines: readonly RuleLine[];
  readonly requests: readonly CasbinRequest[];
}

const KINDS = ['deployment', 'pod', 'service', 'secret', 'configmap', 'cronjob', 'statefulset', 'job'] as const;
const VERBS = ['get', 'list', 'watch', 'create', 'update', 'delete'] as const;
const EACH_TENANT = { rules: 1_000, policies: 50, roles: 10, groups: 20, users: 200, projects: 5 } as const;
const NAMESPACES_PER_PROJECT = 3;
const LINES_PER_POLICY = 6;
const SHARE_OF_DENIES = 0.05;

/** A data set of about `rules` rules and exactly `requests` requests. */
export function datasetOf(rules: number, requests: number): Dataset {
  const random = mulberry32(rules);
  const tenants = Math.max(1, Math.round(rules / EACH_TENANT.rules));
  const lines = times(tenants, (tenant) => tenantLines(tenant, random)).flat();
  const known = byName(lines);
  return { lines, requests: times(requests, () => ask(known, tenants, random)) };
}

function tenantLines(tenant: number, random: Random): RuleLine[] {
  const policy = (): string => policyName(tenant, below(EACH_TENANT.policies, random));
  const group = (): string => groupName(tenant, below(EACH_TENANT.groups, random));
  const domain = (): string => (random() < 0.2 ? '*' : projectName(tenant, below(EACH_TENANT.projects, random)));
  const role = (i: number): string => `rol-${tenant}-${i}`;
  return [
    ...times(EACH_TENANT.policies, (i) => policyLines(policyName(tenant, i), tenant, random)).flat(),
    ...times(EACH_TENANT.roles, (i) => times(4, () => edge(role(i), policy(), '*'))).flat(),
    ...times(EACH_TENANT.groups, (i) => [
      edge(groupName(tenant, i), role(below(EACH_TENANT.roles, random)), domain()),
      edge(groupName(tenant, i), policy(), domain()),
    ]).flat(),
    ...times(EACH_TENANT.users, (i) => {
      const user = userName(tenant, i);
      return [edge(user, group(), '*'), edge(user, group(), '*'), edge(user, policy(), domain())];
    }).flat(),
  ];
}

function policyLines(policy: string, tenant: number, random: Random): RuleLine[] {
  const effect = random() < SHARE_OF_DENIES ? 'deny' : 'allow';
  return times(LINES_PER_POLICY, () => {
    const kind = oneOf(KINDS, random);
    return {
      ptype: 'p',
      policy,
      domain: '*',
      object: objectOf(kind, tenant, random),
      action: oneOf(VERBS, random) + capital(kind),
      effect,
    };
  });
}

function objectOf(kind: string, tenant: number, random: Random): string {
  const chance = random();
  if (chance < 0.6) return `namespace:*/${kind}:*`;
  return `namespace:${namespaceName(tenant, random)}/${kind}:${chance < 0.8 ? '*' : webName(random)}`;
}

/**
 * A request of some user: in nine of ten cases for something that one of their policies covers, else for anything. The
 * namespace of the object determines its project, as it does in a cluster.
 */
function ask(lines: Lines, tenants: number, random: Random): CasbinRequest {
  const rank = Math.floor((tenants * EACH_TENANT.users) ** random());
  // The step has no common factor with the number of users, so neighbours in rank belong to different tenants.
  const nth = (rank * 7919) % (tenants * EACH_TENANT.users);
  const tenant = Math.floor(nth / EACH_TENANT.users);
  const sub = userName(tenant, nth % EACH_TENANT.users);
  const known = random() < 0.9 ? somethingOf(sub, lines, random) : undefined;
  const kind = oneOf(KINDS, random);
  const { dom, obj, act } = known ?? {
    dom: '',
    obj: `namespace:*/${kind}:*`,
    act: oneOf(VERBS, random) + capital(kind),
  };
  const named = obj
    .replace('namespace:*', () => `namespace:${namespaceIn(dom, tenant, random)}`)
    .replaceAll('*', () => webName(random));
  return { sub, dom: projectOf(namespaceOf(named)), obj: named, act };
}

function namespaceOf(object: string): string {
  return /^namespace:([^/]+)/.exec(object)?.[1] ?? '';
}

/** A namespace of the project, or of any project of the tenant when `project` is empty. */
function namespaceIn(project: string, tenant: number, random: Random): string {
  const [, , nth = below(EACH_TENANT.projects, random)] = project.split('-');
  return `t${tenant}-ns-${Number(nth) + EACH_TENANT.projects * below(NAMESPACES_PER_PROJECT, random)}`;
}

/** The project of a namespace in the data set. */
export function projectOf(namespace: string): string {
  const [, tenant = '', nth = ''] = /^t(\d+)-ns-(\d+)$/.exec(namespace) ?? [];
  return projectName(Number(tenant), Number(nth) % EACH_TENANT.projects);
}

/** Follows random edges from a name to a policy and takes one of its lines. */
function somethingOf(
  sub: string,
  { edges, permissions }: Lines,
  random: Random,
): Omit<CasbinRequest, 'sub'> | undefined {
  let [name, dom] = [sub, '*'];
  for (
    let next = oneOf(edges.get(name) ?? [], random);
    next !== undefined;
    next = oneOf(edges.get(name) ?? [], random)
  ) {
    name = next.of;
    if (next.domain !== '*') dom = next.domain;
  }
  const candidates = permissions.get(name) ?? [];
  // Users rarely ask for what their policy allows in a project that they are not in.
  const line = oneOf(
    candidates.filter(
      ({ object }) => dom === '*' || object.startsWith('namespace:*') || projectOf(namespaceOf(object)) === dom,
    ),
    random,
  );
  return line === undefined ? undefined : { dom: dom === '*' ? '' : dom, obj: line.object, act: line.action };
}

/** The lines by the name that they start from. No list is empty. */
interface Lines {
  readonly edges: ReadonlyMap<string, readonly GroupingLine[]>;
  readonly permissions: ReadonlyMap<string, readonly PermissionLine[]>;
}

function byName(lines: readonly RuleLine[]): Lines {
  return {
    edges: Map.groupBy(
      lines.filter((line) => line.ptype === 'g'),
      ({ member }) => member,
    ),
    permissions: Map.groupBy(
      lines.filter((line) => line.ptype === 'p'),
      ({ policy }) => policy,
    ),
  };
}

function edge(member: string, of: string, domain: string): RuleLine {
  return { ptype: 'g', member, of, domain };
}

const userName = (tenant: number, i: number): string => userNode(`t${tenant}`, `user-${i}`);
const groupName = (tenant: number, i: number): string => groupNode(`t${tenant}`, `grp-${i}`);
const policyName = (tenant: number, i: number): string => `pol-${tenant}-${i}`;
const projectName = (tenant: number, i: number): string => `prj-${tenant}-${i}`;
const namespaceName = (tenant: number, random: Random): string =>
  `t${tenant}-ns-${below(EACH_TENANT.projects * NAMESPACES_PER_PROJECT, random)}`;
const webName = (random: Random): string => `web-${below(100, random)}`;
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function oneOf<T>(choices: readonly [T, ...T[]], random: Random): T;
function oneOf<T>(choices: readonly T[], random: Random): T | undefined;
function oneOf<T>(choices: readonly T[], random: Random): T | undefined {
  return choices[below(choices.length, random)];
}

function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}
