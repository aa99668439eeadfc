/** Stage 2: once everything is reconciled, nothing is written, and a controller that restarts writes nothing either. */
import { setTimeout as sleep } from 'node:timers/promises';
import { rules } from '../../api/auth/rule.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import type { Hub } from './hub.ts';
import { untilReadyAtLast } from './known.ts';
import { requestsBetween, scrape } from './scrape.ts';
import { prefixOf } from './seed.ts';
import { untilQuiet } from './settle.ts';

/** Observes the idle controllers for `watchMs`, then restarts two of them. Throws when anything was written. */
export async function steadyState(hub: Hub, watchMs: number): Promise<void> {
  const { stack, etcd, say } = hub;
  const before = { rules: await etcd.digest(prefixOf(rules)), scraped: await scrape(stack) };
  await sleep(watchMs);
  const after = await scrape(stack);
  say(`controller requests in ${watchMs / 1_000} s of idle time: ${requestsBetween(before.scraped, after)}`);
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
    `${name} restarted: idle after ${((lastWriteAt - started) / 1_000).toFixed(1)} s; requests of all controllers since: ${requestsBetween(others, scraped)}`,
  );
  if (scraped.writes !== others.writes) throw new Error(`${name} wrote something after its restart`);
}
