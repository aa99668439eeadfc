/** The second stage: when everything is done, nothing is written any more, and a controller that starts again writes nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rules } from '../../api/auth/rule.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import type { Hub } from './hub.ts';
import { untilReadyAtLast } from './known.ts';
import { requestsBetween, scrape } from './scrape.ts';
import { prefixOf } from './seed.ts';
import { untilQuiet } from './settle.ts';

/** Watches for so long, restarts the policy controller, and watches again. Throws when anything was written. */
export async function steadyState(hub: Hub, watchMs: number): Promise<void> {
  const { stack, etcd, say } = hub;
  const before = { rules: await etcd.digest(prefixOf(rules)), scraped: await scrape(stack) };
  await sleep(watchMs);
  const after = await scrape(stack);
  say(`requests of the controllers in ${watchMs / 1_000} s of rest: ${requestsBetween(before.scraped, after)}`);
  if (after.writes !== before.scraped.writes) throw new Error('something was written in steady state');
  await restartWritesNothing(hub, PROCESS_NAMES.policy);
  await restartWritesNothing(hub, PROCESS_NAMES.projectPolicyBinding);
  if ((await etcd.digest(prefixOf(rules))) !== before.rules) throw new Error('a Rule was written in steady state');
}

async function restartWritesNothing({ stack, say }: Hub, name: string): Promise<void> {
  await stack.processes.get(name)?.child.stop();
  const others = await scrape(stack);
  const started = performance.now();
  await untilReadyAtLast(stack.restart(name));
  const { lastWriteAt, scraped } = await untilQuiet(stack, 10 * 60_000);
  say(
    `${name} started again: done after ${((lastWriteAt - started) / 1_000).toFixed(1)} s; all controllers' requests since: ${requestsBetween(others, scraped)}`,
  );
  if (scraped.writes !== others.writes) throw new Error(`${name} wrote something when it started again`);
}
