/** Waits until the controllers are idle, and checks that everything is reconciled. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { policies } from '../../api/auth/policy.ts';
import { projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import { rules } from '../../api/auth/rule.ts';
import type { Resource } from '../../api/object.ts';
import type { Stack } from '../../hack/local/stack.ts';
import type { Etcd } from './etcd.ts';
import { depthOf, type Scraped, scrape } from './scrape.ts';
import { prefixOf, rulesOfSize, type Size } from './seed.ts';

const POLL_MS = 250;
const QUIET_MS = 2_000;

export interface Settled {
  /** When the last write was observed (performance.now()). */
  readonly lastWriteAt: number;
  readonly scraped: Scraped;
}

/** Waits until the queues are empty and nothing has been written for two seconds. Throws after `limitMs`. */
export async function untilQuiet(
  stack: Stack,
  limitMs: number,
  look: (scraped: Scraped) => void = () => undefined,
): Promise<Settled> {
  const deadline = performance.now() + limitMs;
  let last = { lastWriteAt: performance.now(), scraped: await scrape(stack) };
  while (performance.now() < deadline) {
    await sleep(POLL_MS);
    const scraped = await scrape(stack);
    look(scraped);
    const still =
      scraped.writes === last.scraped.writes &&
      scraped.reconciles === last.scraped.reconciles &&
      depthOf(scraped) === 0;
    if (!still) last = { lastWriteAt: performance.now(), scraped };
    else if (performance.now() - last.lastWriteAt > QUIET_MS) return last;
  }
  throw new Error(`the controllers are still busy after ${limitMs / 1_000} s`);
}

const owner = z.object({
  metadata: z.object({ name: z.string(), generation: z.number() }),
  status: z
    .object({ observedGeneration: z.number(), conditions: z.array(z.object({ type: z.string(), status: z.string() })) })
    .optional(),
});

/** Throws when the number of Rules is wrong, or an owner is not Ready in its latest generation. */
export async function checkDone(etcd: Etcd, size: Size): Promise<void> {
  const found = await etcd.count(prefixOf(rules));
  if (found !== rulesOfSize(size)) throw new Error(`there are ${found} Rules instead of ${rulesOfSize(size)}`);
  for (const resource of [policies, projectPolicyBindings]) await checkReady(etcd, resource);
}

async function checkReady(etcd: Etcd, resource: Resource): Promise<void> {
  for await (const { value } of etcd.list(prefixOf(resource))) {
    const { metadata, status } = owner.parse(JSON.parse(value));
    const ready = status?.conditions.find(({ type }) => type === 'Ready')?.status === 'True';
    if (!ready || status?.observedGeneration !== metadata.generation)
      throw new Error(`${resource.kind} ${metadata.name} is not Ready: ${JSON.stringify(status)}`);
  }
}
