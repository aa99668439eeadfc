/** Shows every chain that decides a request. */

import { explain } from '../../authorization/engine/explain.ts';
import { grantorsIn } from '../../authorization/webhook/grantors.ts';
import type { Options } from '../commands/explain.ts';
import { print } from '../output/print.ts';
import { explanationText } from '../output/tree.ts';
import { questionOf } from '../question.ts';
import { withWorld } from '../with-world.ts';

export async function explainRequest(
  verb: string,
  what: string,
  name: string | undefined,
  options: Options,
): Promise<void> {
  await withWorld(options, async (world) => {
    const prepared = await questionOf({ verb, what, name }, options, world);
    if (prepared.settled !== undefined) {
      const { settled } = prepared;
      print(options, settled, () => `${settled.verdict}: ${settled.reason}`);
      return;
    }
    const { request, requester } = prepared;
    const explanation = explain(world.index, request, world.nowMs);
    const whomToAsk =
      explanation.verdict === 'none' ? grantorsIn(world.index, () => world.nowMs)(requester.tenant) : [];
    print(options, { request, ...explanation, whomToAsk }, () => explanationText(explanation, request, whomToAsk));
  });
}
