/** Opens the world that the options name, asks it, and closes the connection. */
import type { WorldOptions } from '../options.ts';
import { openWorld } from './open.ts';
import type { OpenWorld } from './world.ts';

/** Throws InputError when the world cannot be opened, and whatever `ask` throws. */
export async function withWorld(options: WorldOptions, ask: (world: OpenWorld) => Promise<void>): Promise<void> {
  const world = await openWorld(options);
  try {
    await ask(world);
  } finally {
    await world.close();
  }
}
