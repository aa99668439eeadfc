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
import { lineWidth } from '../output/line-width.ts';
import { print } from '../output/print.ts';

type Options = WorldOptions & RequesterOptions & OutputOptions;

export function addWhatCan(program: Command): void {
  const command = program
    .command('what-can')
    .summary('list everything that a user may do')
    .description(
      'Lists what a user may do, everywhere and by project. Every deny that the user is under is listed, and again beside the allows that it overrides in part. What a deny takes away completely is left out.\n\nOn a hub you need the right to list Rules.',
    );
  requesterOptions(outputOption(worldOptions(command), 'wide')).action(listPermissions);
  examples(command, ['kubectl steward what-can --as alice --tenant acme']);
}

async function listPermissions(options: Options): Promise<void> {
  const { whatCan } = await import('../../authorization/engine/what-can.ts');
  const { permissionsTable, permissionsText } = await import('../output/permissions.ts');
  const { requesterIn } = await import('../question.ts');
  const { withWorld } = await import('../world/with-world.ts');
  await withWorld(options, async (world) => {
    const { subjects } = await requesterIn(options, world);
    const permissions = whatCan(world.index, subjects, world.nowMs);
    await print(options, { subjects, permissions, revision: world.index.revision }, () =>
      options.output === 'wide' ? permissionsTable(permissions) : permissionsText(permissions, lineWidth()),
    );
  });
}
