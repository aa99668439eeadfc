/**
 * A cell is a small tenant of the fault storm: a few objects of every kind that refer to each other and change at
 * random. Cells share nothing, so what a cell may grant at any moment depends on its own objects alone.
 */
import type { KubeObject } from '../../api/object.ts';
import type { Random } from '../support/seeded-random.ts';

/** A possible object of a cell: its kind, its name, and a generator of random specs. */
interface Slot {
  readonly kind: string;
  readonly plural: string;
  readonly name: string;
  readonly spec: (random: Random) => object;
}

/** The desired state of an object. Without a spec the object must not exist. */
export interface Wanted {
  readonly kind: string;
  readonly plural: string;
  readonly name: string;
  readonly spec: object | undefined;
}

export const USERS = ['ann', 'ben', 'cat'] as const;
export const ACTIONS = ['getPod', 'listPods', 'deletePod'] as const;
export const OBJECTS = ['namespace:a/pod:x', 'namespace:b/pod:x'] as const;
const RESOURCES = [...OBJECTS, 'namespace:*/pod:*'] as const;

export function tenantOf(cell: number): string {
  return `cell-${cell}`;
}

export function projectOf(cell: number): string {
  return `prj-${cell}`;
}

/** Returns the cell of an object, which its name ends with. */
export function cellOf(name: string): number | undefined {
  const [, nth] = /-c(\d+)$/.exec(name) ?? [];
  return nth === undefined ? undefined : Number(nth);
}

/** Returns all possible objects of a cell. */
export function slotsOf(cell: number): readonly Slot[] {
  const tenantID = tenantOf(cell);
  const named = (prefix: string): string => `${prefix}-c${cell}`;
  const policies = ['pol-a', 'pol-b', 'pol-d'].map(named);
  const groups = ['grp-g'].map(named);
  const subjects = (random: Random): object => ({
    users: some(USERS, random).map((id) => ({ id })),
    groups: some(groups, random).map((id) => ({ id })),
  });
  const policy = (name: string, effects: readonly ('allow' | 'deny')[]): Slot => ({
    kind: 'Policy',
    plural: 'policies',
    name,
    spec: (random) => ({
      tenantID,
      ...subjects(random),
      statement: {
        actions: atLeastOne(ACTIONS, random),
        resources: atLeastOne(RESOURCES, random),
        effect: oneOf(effects, random),
      },
    }),
  });
  return [
    policy(named('pol-a'), ['allow']),
    policy(named('pol-b'), ['allow', 'deny']),
    policy(named('pol-d'), ['deny']),
    {
      kind: 'Role',
      plural: 'roles',
      name: named('rol-r'),
      spec: (random) => ({ tenantID, policies: some(policies, random), ...subjects(random) }),
    },
    {
      kind: 'Group',
      plural: 'groups',
      name: named('grp-g'),
      spec: (random) => ({ tenantID, users: some(USERS, random).map((id) => ({ id })) }),
    },
    {
      kind: 'ProjectPolicyBinding',
      plural: 'projectpolicybindings',
      name: named('ppb-b'),
      spec: (random) => ({ tenantID, projectID: projectOf(cell), policyID: named('pol-a'), ...subjects(random) }),
    },
    {
      kind: 'Grant',
      plural: 'grants',
      name: named('gnt-t'),
      spec: (random) => ({
        tenantID,
        scope: 'platform',
        policies: some(policies, random),
        roles: some([named('rol-r')], random),
        ...subjects(random),
      }),
    },
  ];
}

/** Returns a random next state of an object; in 15% of all cases the object is deleted. */
export function nextOf({ kind, plural, name, spec }: Slot, random: Random): Wanted {
  return { kind, plural, name, spec: random() < 0.15 ? undefined : spec(random) };
}

export function manifestOf({ kind, name, spec }: Pick<Wanted, 'kind' | 'name'> & { spec: unknown }): KubeObject {
  return { apiVersion: 'auth.tkestack.io/v1', kind, metadata: { name }, spec } as KubeObject;
}

export function oneOf<T>(choices: readonly T[], random: Random): T {
  return choices[Math.floor(random() * choices.length)] as T;
}

function some<T>(choices: readonly T[], random: Random): T[] {
  return choices.filter(() => random() < 0.5);
}

function atLeastOne<T>(choices: readonly T[], random: Random): T[] {
  const picked = some(choices, random);
  return picked.length > 0 ? picked : [oneOf(choices, random)];
}
