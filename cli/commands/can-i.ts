/** `can-i`: yes or no, and why. */
import type { Command } from 'commander';
import {
  type OutputOptions,
  outputOption,
  type RequesterOptions,
  requesterOptions,
  type TargetOptions,
  targetOptions,
  type WorldOptions,
  worldOptions,
} from '../options.ts';

export type Options = WorldOptions & RequesterOptions & TargetOptions & OutputOptions;

export function addCanI(program: Command): void {
  const command = program
    .command('can-i')
    .summary('check whether somebody may do something')
    .description(`Checks whether somebody may do something, by the Rules of the hub or, with -f, by manifests.

  kubectl steward can-i get deployments/web -n dev --cluster cls-x --as alice --tenant default
  kubectl steward can-i getDeployment cluster:cls-x/namespace:dev/deployment:web --as alice --tenant default
  kubectl steward can-i create pods -n shop-dev --as bob --tenant acme -f config/

Exit code: 0 for yes, 1 for no, 2 when it can't be answered.`)
    .argument('<verb|action>', 'a verb (get), or an action as policies spell it (getDeployment)')
    .argument(
      '<resource|object>',
      'RESOURCE[/NAME], or an object as policies spell it (namespace:dev/deployment:web), or a /path',
    )
    .argument('[name]', 'the name of the object');
  requesterOptions(targetOptions(outputOption(worldOptions(command)))).action(
    async (verb: string, what: string, name: string | undefined, options: Options) => {
      const { canI } = await import('../run/can-i.ts');
      await canI(verb, what, name, options);
    },
  );
}
