/** `who-can`: every user, group and tenant that may do something. */
import type { Command } from 'commander';
import { examples } from '../examples.ts';
import {
  type OutputOptions,
  outputOption,
  questionArguments,
  type TargetOptions,
  targetOptions,
  type WorldOptions,
  worldOptions,
} from '../options.ts';
import { print } from '../output/print.ts';

type Options = WorldOptions & TargetOptions & OutputOptions;

export function addWhoCan(program: Command): void {
  const command = program
    .command('who-can')
    .summary('list who may do something')
    .description(
      'Lists who may do something: users, including those who get it through a group; groups that a credential may carry; and tenants whose users all may. Users blocked by a deny are listed separately.\n\nOn a hub you need the right to list Rules.',
    );
  targetOptions(outputOption(worldOptions(questionArguments(command)))).action(listHolders);
  examples(command, [
    'kubectl steward who-can delete pods -n shop-prod',
    'kubectl steward who-can getSecret cluster:cls-x/namespace:dev/secret:db',
  ]);
}

async function listHolders(verb: string, what: string, name: string | undefined, options: Options): Promise<void> {
  const { holdersText } = await import('../output/holders.ts');
  const { ownerOf, targetIn } = await import('../question.ts');
  const { holdersIn } = await import('../world/holders.ts');
  const { withWorld } = await import('../world/with-world.ts');
  await withWorld(options, async (world) => {
    const target = targetIn({ verb, what, name }, options);
    const owner = ownerOf(target, options, world);
    const holders = holdersIn(world, target, owner);
    const { action, object } = target;
    const data = { action, object, project: owner.project, ...holders, revision: world.index.revision };
    await print(options, data, () => holdersText(holders));
  });
}
