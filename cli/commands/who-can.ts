/** `who-can`: everybody who may do something. */
import type { Command } from 'commander';
import {
  type OutputOptions,
  outputOption,
  type TargetOptions,
  targetOptions,
  type WorldOptions,
  worldOptions,
} from '../options.ts';

export type Options = WorldOptions & TargetOptions & OutputOptions;

export function addWhoCan(program: Command): void {
  const command = program
    .command('who-can')
    .summary('list everybody who may do something')
    .description(`Lists everybody who may do something: users, also as members of groups, groups that a credential may carry, and tenants all of whose
users may. Whom a denial keeps from it is listed apart.

  kubectl steward who-can delete pods -n shop-prod
  kubectl steward who-can getSecret cluster:cls-x/namespace:dev/secret:db

On a cluster it needs the right to list Rules.`)
    .argument('<verb|action>', 'a verb (get), or an action as policies spell it (getDeployment)')
    .argument('<resource|object>', 'RESOURCE[/NAME], or an object as policies spell it, or a /path')
    .argument('[name]', 'the name of the object');
  targetOptions(outputOption(worldOptions(command))).action(
    async (verb: string, what: string, name: string | undefined, options: Options) => {
      const { listHolders } = await import('../run/who-can.ts');
      await listHolders(verb, what, name, options);
    },
  );
}
