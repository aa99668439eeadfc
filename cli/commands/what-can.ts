/** `what-can`: everything that somebody may do. */
import type { Command } from 'commander';
import {
  type OutputOptions,
  outputOption,
  type RequesterOptions,
  requesterOptions,
  type WorldOptions,
  worldOptions,
} from '../options.ts';

export type Options = WorldOptions & RequesterOptions & OutputOptions;

export function addWhatCan(program: Command): void {
  const command = program
    .command('what-can')
    .summary('list everything that somebody may do')
    .description(`Lists what somebody may do: the lines of the policies that he holds, everywhere and by project. Lines that a denial takes away as a
whole are left out; other denials are listed, and take precedence.

  kubectl steward what-can --as alice --tenant acme

On a cluster it needs the right to list Rules.`);
  requesterOptions(outputOption(worldOptions(command))).action(async (options: Options) => {
    const { listPermissions } = await import('../run/what-can.ts');
    await listPermissions(options);
  });
}
