/**
 * A cell is a small tenant of the storm: a few objects of every kind that hold each other, changed at random. Cells share
 * nothing, so what each of them may grant at any moment is known from its own objects alone.
 */
import type { KubeObject } from '../../api/object.ts';

export type Random = () => number;

/** What a cell's objects can be: a kind, a name, and a spec at random. */
interface Slot {
  readonly kind: string;
  readonly plural: string;
  readonly name: string;
  readonly spec: (random: Random) => object;
}

/** An object as the driver wants it; without a spec it is to be deleted. */
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

/** The cell of an object by its name, which ends with it. */
export function cellOf(name: string): number | undefined {
  const [, nth] = /-c(\d+)$/.exec(name) ?? [];
  return nth === undefined ? undefined : Number(nth);
}

/** Everything that a cell can hold. */
export function slotsOf(cell: number): readonly Slot[] {
  const tenantID = tenantOf(cell);
  const named = (prefix: string): string => `${prefix}-c${cell}`;
  const policies = ['pol-a', 'pol-b', 'pol-d'].map(named);
  const groups = ['grp-g'].map(named);
  const members = (random: Random): object => ({
    users: some(USERS, random).map((id) => ({ id })),
    groups: some(groups, random).map((id) => ({ id })),
  });
  const policy = (name: string, effects: readonly ('allow' | 'deny')[]): Slot => ({
    kind: 'Policy',
    plural: 'policies',
    name,
    spec: (random) => ({
      tenantID,
      ...members(random),
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
      spec: (random) => ({ tenantID, policies: some(policies, random), ...members(random) }),
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
      spec: (random) => ({ tenantID, projectID: projectOf(cell), policyID: named('pol-a'), ...members(random) }),
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
        ...members(random),
      }),
    },
  ];
}

/** The next state of an object, at random: now and then none. */
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
