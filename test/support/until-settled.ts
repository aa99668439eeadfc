/** Waits until policies, Rules and the authorizer agree. Then no process has missed a change. */
import { type Policy, policies } from '../../api/auth/policy.ts';
import { rules } from '../../api/auth/rule.ts';
import { HUB, tenantGroup } from '../../api/installation.ts';
import { RuleIndex } from '../../authorization/engine/rule-index.ts';
import { putRule } from '../../authorization/webhook/rule-feed.ts';
import type { Stack } from '../../hack/local/stack.ts';
import type { Client } from '../../runtime/client/client.ts';
import { eventually } from './eventually.ts';
import { worldOf } from './manifest-world.ts';
import { askWebhook, reviewBody } from './webhook-client.ts';

const LIMIT_MS = 60_000;
const QUESTION = reviewBody({
  user: 'ann',
  groups: [tenantGroup('acme')],
  nonResourceAttributes: { verb: 'get', path: '/x' },
});

const sorted = (names: readonly string[]): string => names.toSorted().join(' ');

/**
 * Waits until the Rules are exactly those of the policies, every policy is Ready, and `revision` (of an authorizer) is
 * that of the Rules.
 */
export async function untilSettled(client: Client, revision: () => Promise<string | undefined>): Promise<void> {
  await eventually(
    'the Rules are those of the policies',
    async () => {
      const objects = await client.list(policies);
      if (!objects.every(isAcknowledged)) return false;
      const expected = worldOf(
        objects.map(({ apiVersion, kind, metadata, spec }) => ({
          apiVersion,
          kind,
          metadata: { name: metadata.name },
          spec,
        })),
        0,
      ).rules;
      const present = await client.list(rules);
      return (
        sorted(present.map(({ metadata }) => metadata.name)) === sorted(expected.map(({ metadata }) => metadata.name))
      );
    },
    LIMIT_MS,
  );
  await eventually(
    'the authorizer has the revision of the Rules',
    async () => {
      const index = new RuleIndex();
      for (const rule of await client.list(rules)) putRule(index, rule);
      return (await revision()) === index.revision;
    },
    LIMIT_MS,
  );
}

function isAcknowledged({ metadata, status }: Policy): boolean {
  const isReady = status?.conditions?.some(
    (each) => each.type === 'Ready' && each.status === 'True' && each.observedGeneration === metadata.generation,
  );
  return metadata.deletionTimestamp === undefined && isReady === true;
}

/** Returns the revision of the Rules by which the stack's first authorizer replica decides. */
export async function revisionOf(stack: Stack): Promise<string | undefined> {
  return (await askWebhook(stack, { cluster: HUB, body: QUESTION })).revision;
}
