/** `explain`: every chain that decides a request, as a tree. */
import type { Command } from 'commander';
import { examples } from '../examples.ts';
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
import { print } from '../output/print.ts';

type Options = WorldOptions & RequesterOptions & TargetOptions & OutputOptions;

export function addExplain(program: Command): void {
  const command = program
    .command('explain')
    .summary('show every chain that decides a request')
    .description(
      'Explains a decision: each chain from the user through groups, bindings and roles to the line of a policy, with the object that made each step. A deny is shown with the allows that it overrides. If no policy decides, it shows which ones came nearest.\n\nOn a hub you need the right to list Rules. The exit code is 0 whatever the decision is.',
    );
  requesterOptions(targetOptions(outputOption(worldOptions(questionArguments(command))))).action(explainDecision);
  examples(command, ['kubectl steward explain delete pods/web -n shop-prod --as bob --tenant acme']);
}

async function explainDecision(verb: string, what: string, name: string | undefined, options: Options): Promise<void> {
  const { explain } = await import('../../authorization/engine/explain.ts');
  const { grantorsIn } = await import('../../authorization/webhook/grantors.ts');
  const { explanationText } = await import('../output/tree.ts');
  const { questionOf } = await import('../question.ts');
  const { withWorld } = await import('../world/with-world.ts');
  await withWorld(options, async (world) => {
    const question = await questionOf({ verb, what, name }, options, world);
    if (question.settled !== undefined) {
      const { verdict, reason } = question.settled;
      return print(options, question.settled, () => `${verdict}: ${reason}`);
    }
    const { request, requester } = question;
    const explanation = explain(world.index, request, world.nowMs);
    const whomToAsk =
      explanation.verdict === 'none' ? grantorsIn(world.index, () => world.nowMs)(requester.tenant) : [];
    await print(options, { request, ...explanation, whomToAsk }, () =>
      explanationText(explanation, request, whomToAsk),
    );
  });
}
