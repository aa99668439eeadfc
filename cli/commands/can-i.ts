/** `can-i`: yes or no, with the reason. */
import type { Command } from 'commander';
import { examples } from '../examples.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import {
  type OutputOptions,
  outputOption,
  questionArguments,
  type RequesterOptions,
  requesterOptions,
  type TargetOptions,
  targetOptions,
  type WorldOptions,
  worldOptions,
} from '../options.ts';
import { coloured } from '../output/colour.ts';
import { print } from '../output/print.ts';

type Options = WorldOptions & RequesterOptions & TargetOptions & OutputOptions;

export function addCanI(program: Command): void {
  const command = program
    .command('can-i')
    .summary('check whether a user may do something')
    .description(
      'Checks whether a user may do something, by the Rules of the hub or, with -f, by manifests. The exit code is 0 for yes, 1 for no and 2 if there is no answer.',
    );
  requesterOptions(targetOptions(outputOption(worldOptions(questionArguments(command))))).action(canI);
  examples(command, [
    'kubectl steward can-i get deployments/web -n dev --cluster cls-x --as alice --tenant acme',
    'kubectl steward can-i getDeployment cluster:cls-x/namespace:dev/deployment:web --as alice --tenant acme',
    'kubectl steward can-i create pods -n shop-dev --as bob --tenant acme -f config/',
  ]);
}

async function canI(verb: string, what: string, name: string | undefined, options: Options): Promise<void> {
  const { answer } = await import('../question.ts');
  const { withWorld } = await import('../world/with-world.ts');
  await withWorld(options, async (world) => {
    const { verdict, reason } = await answer({ verb, what, name }, options, world);
    const allowed = verdict === 'allow';
    await print(
      options,
      { allowed, verdict, reason, revision: world.index.revision },
      () => `${coloured(verdict, allowed ? 'yes' : 'no')} - ${reason}`,
    );
    process.exitCode = (allowed ? EXIT_CODES.OK : EXIT_CODES.NO).code;
  });
}
