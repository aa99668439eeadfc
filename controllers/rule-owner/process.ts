/** Runs a controller of owner kinds: its caches, and one loop for each kind. */
import { type Policy, policies } from '../../api/auth/policy.ts';
import { rules } from '../../api/auth/rule.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { readNode } from '../../authorization/rules/node-name.ts';
import { untilAborted } from '../../runtime/abort.ts';
import type { Client } from '../../runtime/client/client.ts';
import { Replicas } from '../../runtime/election/replicas.ts';
import { BoundedWrites } from '../../runtime/loop/bounded-writes.ts';
import { Controller } from '../../runtime/loop/controller.ts';
import { type ProcessContext, runProcess } from '../../runtime/process/process.ts';
import type { Caches } from './caches.ts';
import { OwnRules } from './own-rules.ts';
import type { OwnerController } from './owner.ts';
import { reconcileOwner } from './reconcile.ts';
import { Targets } from './targets.ts';
import type { OwnerTools } from './tools.ts';
import { cachesOf, watchesOf } from './watches.ts';

/** How many Rules a process writes in parallel. Beyond about this many, a kube-apiserver on two cores gets no faster. */
const PARALLEL_WRITES = 24;
/** How many objects of a kind are reconciled in parallel. Most of them wait for one write after the other. */
const WORKERS = 24;

/** Runs the process until it receives a signal to stop. */
export async function runOwnerController(controller: OwnerController): Promise<void> {
  await runProcess({
    name: controller.name,
    leaderElection: true,
    setup: (context) => Promise.resolve({ run: ownersWork(controller, context, PARALLEL_WRITES) }),
  });
}

/** Creates the caches of a controller. Returns its work: a function that reconciles until the signal aborts. */
export function ownersWork(
  controller: OwnerController,
  context: ProcessContext,
  parallelWrites: number,
): (signal: AbortSignal) => Promise<void> {
  const caches = cachesOf(controller, context);
  const ownRules = new OwnRules(caches.informer(rules));
  const tools: OwnerTools = {
    client: context.client,
    writes: new BoundedWrites(parallelWrites),
    events: context.events,
    stores: caches,
    ownRules,
    targets: new Targets(context.client, caches),
    replicas: authorizerReplicas(context.client, String(context.flags['lease-namespace'])),
    effectOf: effectsIn(caches),
    now: Date.now,
  };
  const loops = controller.owners.map(
    (owner) =>
      new Controller({
        name: owner.resource.plural,
        watches: watchesOf(owner, caches),
        reconcile: (key) => reconcileOwner(owner, key, tools),
        concurrency: WORKERS,
        log: context.log,
        metrics: context.metrics,
      }),
  );
  return async (signal) => {
    // A new leader has read all caches again before this; without leader election this is the first read.
    await Promise.race([caches.informer(rules).synced, untilAborted(signal)]);
    ownRules.restrictions.begin();
    await Promise.all(loops.map((loop) => loop.run(signal)));
    ownRules.restrictions.end();
  };
}

/** The authorizer replicas that a revocation waits for. `namespace` is the namespace of their Leases. */
export function authorizerReplicas(client: Pick<Client, 'list'>, namespace: string): Replicas {
  return new Replicas({ client, process: PROCESS_NAMES.authorizer, namespace });
}

function effectsIn(caches: Caches): OwnerTools['effectOf'] {
  const store = caches.has(policies) ? caches.of<Policy>(policies) : undefined;
  return (node) => {
    const { kind, name } = readNode(node);
    return kind === 'policy' ? store?.get(name)?.spec.statement.effect : undefined;
  };
}
