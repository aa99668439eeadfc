/** `explain`: every chain that decides, as a tree. */
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

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .summary('show every chain that decides a request')
    .description(`Shows why a request is decided as it is: each chain from the user over groups, bindings and roles to the policy's line, with the
object that made each step. For a denial also what it takes precedence over; where nothing decides, what came nearest.

  kubectl steward explain delete pods/web -n shop-prod --as bob --tenant acme

On a cluster it needs the right to list Rules. Exit code: 0 when it is explained, 2 when it can't be.`)
    .argument('<verb|action>', 'a verb (get), or an action as policies spell it (getDeployment)')
    .argument('<resource|object>', 'RESOURCE[/NAME], or an object as policies spell it, or a /path')
    .argument('[name]', 'the name of the object');
  requesterOptions(targetOptions(outputOption(worldOptions(command)))).action(
    async (verb: string, what: string, name: string | undefined, options: Options) => {
      const { explainRequest } = await import('../run/explain.ts');
      await explainRequest(verb, what, name, options);
    },
  );
}
