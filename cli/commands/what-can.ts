/** `what-can`: everything that a user may do. */
import type { Command } from 'commander';
import { examples } from '../examples.ts';
import {
  type OutputOptions,
  outputOption,
  type RequesterOptions,
  requesterOptions,
  type WorldOptions,
  worldOptions,
} from '../options.ts';
import { print } from '../output/print.ts';

type Options = WorldOptions & RequesterOptions & OutputOptions;

export function addWhatCan(program: Command): void {
  const command = program
    .command('what-can')
    .summary('list everything that a user may do')
    .description(
      'Lists what a user may do, everywhere and by project: the lines of the policies that they hold. A line that a deny takes away completely is left out. Other denies are listed; they override the allows.\n\nOn a hub you need the right to list Rules.',
    );
  requesterOptions(outputOption(worldOptions(command))).action(listPermissions);
  examples(command, ['kubectl steward what-can --as alice --tenant acme']);
}

async function listPermissions(options: Options): Promise<void> {
  const { whatCan } = await import('../../authorization/engine/what-can.ts');
  const { permissionsText } = await import('../output/permissions.ts');
  const { requesterIn } = await import('../question.ts');
  const { withWorld } = await import('../world/with-world.ts');
  await withWorld(options, async (world) => {
    const { subjects } = await requesterIn(options, world);
    const permissions = whatCan(world.index, subjects, world.nowMs);
    await print(options, { subjects, permissions, revision: world.index.revision }, () => permissionsText(permissions));
  });
}
