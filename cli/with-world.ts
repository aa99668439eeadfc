/** The frame of a command that asks a world: options are checked before any work, and the connection ends with it. */

import type { OutputOptions, WorldOptions } from './options.ts';
import { checkOutput } from './output/print.ts';
import { type OpenWorld, openWorld } from './world/open.ts';

export async function withWorld(
  options: WorldOptions & OutputOptions,
  ask: (world: OpenWorld) => Promise<void>,
): Promise<void> {
  checkOutput(options);
  const world = await openWorld(options);
  try {
    await ask(world);
  } finally {
    await world.close();
  }
}
