/**
 * Stage 3: changes policies and bindings at a steady rate; measures the queue depths and the time until everything is
 * reconciled.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { policies } from '../../api/auth/policy.ts';
import { projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import type { Client } from '../../runtime/client/client.ts';
import { isConflict } from '../../runtime/errors.ts';
import type { Hub } from './hub.ts';
import { depthOf, requestsBetween, scrape } from './scrape.ts';
import { bindingName, bindingOf, policyName, policyOf, type Size } from './seed.ts';
import { checkDone, untilQuiet } from './settle.ts';
import { memoryLine, usagesOf } from './usage.ts';

/** The number of changes in flight at most. When all are busy, the rate stays below the requested one. */
const PARALLEL = 32;
const SAMPLE_EVERY_MS = 5_000;

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

export async function changesAtRate(hub: Hub, size: Size, { perSecond, seconds }: Load): Promise<void> {
  const { stack, client, etcd, say } = hub;
  const before = await scrape(stack);
  const started = performance.now();
  const depths: number[] = [];
  const stop = new AbortController();
  const watching = watchDepths(hub, depths, stop.signal);
  const sent = await sendChanges(client, size, { perSecond, seconds });
  const took = (performance.now() - started) / 1_000;
  stop.abort();
  await watching;
  say(memoryLine('at the end of the changes', usagesOf(stack)));
  const ended = performance.now();
  const { lastWriteAt, scraped } = await untilQuiet(stack, 30 * 60_000);
  await checkDone(etcd, size);
  say(`${sent} changes in ${took.toFixed(1)} s, ${(sent / took).toFixed(0)} per second (${perSecond} requested)`);
  say(`queue depth, every ${SAMPLE_EVERY_MS / 1_000} s: ${depths.join(' ')}`);
  say(
    `everything was reconciled ${Math.max(0, (lastWriteAt - ended) / 1_000).toFixed(1)} s after the last change; requests of the controllers: ${requestsBetween(before, scraped)}`,
  );
  say(memoryLine('after the changes', usagesOf(stack)));
}

/** Changes one binding after the other, and a policy every tenth time. Returns the number of changes. */
async function sendChanges(client: Client, size: Size, { perSecond, seconds }: Load): Promise<number> {
  const started = performance.now();
  const total = perSecond * seconds;
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < total && performance.now() - started < seconds * 1_000) {
      const nth = next++;
      const due = started + (nth / perSecond) * 1_000;
      if (due > performance.now()) await sleep(due - performance.now());
      await change(client, size, nth);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return next;
}

async function change(client: Client, size: Size, nth: number): Promise<void> {
  const edition = nth + 1;
  try {
    if (nth % 10 === 0) {
      const which = (nth / 10) % size.policies;
      await client.patch(
        policies,
        { name: policyName(which) },
        { type: 'merge', body: { spec: policyOf(which, edition).spec } },
      );
    } else {
      const which = nth % size.bindings;
      await client.patch(
        projectPolicyBindings,
        { name: bindingName(which) },
        { type: 'merge', body: { spec: bindingOf(which, size.policies, edition).spec } },
      );
    }
  } catch (error) {
    if (!isConflict(error)) throw error;
  }
}

async function watchDepths({ stack }: Hub, depths: number[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(SAMPLE_EVERY_MS, undefined, { signal }).catch(() => undefined);
    depths.push(depthOf(await scrape(stack)));
  }
}
