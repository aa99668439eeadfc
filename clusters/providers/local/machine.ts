/** Everything that the steps of a local cluster share. It is assembled once per run of the steps. */
import type { Binaries } from '../../controlplane/binaries.ts';
import type { Goal } from '../goal.ts';
import type { StepContext } from '../provider.ts';
import { type Layout, layoutOf } from './layout.ts';
import type { LocalOptions } from './options.ts';
import { ensurePki, type Pki } from './pki.ts';
import { type Ports, portsOf } from './ports.ts';
import type { Programs } from './programs.ts';

export interface Machine {
  readonly goal: Goal;
  /** The version in the goal: `v1.36.3`. */
  readonly version: string;
  readonly layout: Layout;
  readonly ports: Ports;
  readonly pki: Pki;
  readonly binaries: Binaries;
}

/**
 * Assembles the machine of a cluster, and creates its folder, ports and keys where they are missing. Throws without a
 * goal.
 */
export async function assembleMachine(
  context: StepContext,
  { directory }: LocalOptions,
  programs: Programs,
): Promise<Machine> {
  const { goal, version } = goalOf(context);
  const layout = layoutOf(directory, goal.uid);
  return {
    goal,
    version,
    layout,
    ports: await portsOf(layout, goal.controlPlane.replicas),
    pki: await ensurePki(context.client, context.namespace, context.cluster),
    binaries: await programs.of(version),
  };
}

/** Returns the goal and its version. Throws when there is none, which only a removal may run without. */
export function goalOf({ goal }: StepContext): { readonly goal: Goal; readonly version: string } {
  if (goal?.version === undefined) throw new Error('this step needs a goal with a version');
  return { goal, version: goal.version };
}
