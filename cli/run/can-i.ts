/** Answers yes or no, and why; the exit code says it too. */
import { answerOf } from '../../authorization/webhook/authorize.ts';
import type { Options } from '../commands/can-i.ts';
import { print } from '../output/print.ts';
import { coloured } from '../output/words.ts';
import { questionOf } from '../question.ts';
import { withWorld } from '../with-world.ts';
import { authorizerOf } from '../world/world.ts';

export async function canI(verb: string, what: string, name: string | undefined, options: Options): Promise<void> {
  await withWorld(options, async (world) => {
    const prepared = await questionOf({ verb, what, name }, options, world);
    const { verdict, reason } = answerOf(prepared, authorizerOf(world));
    const allowed = verdict === 'allow';
    print(
      options,
      { allowed, verdict, reason, revision: world.index.revision },
      () => `${coloured(verdict, allowed ? 'yes' : 'no')} - ${reason}`,
    );
    process.exitCode = allowed ? 0 : 1;
  });
}
