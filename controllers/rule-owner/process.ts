/**
 * The process of one or more kinds that own Rules: caches of the kinds and of what they refer to, a cache of their own
 * Rules, and one loop a kind. controllers/<kind>/main.ts is one call of this.
 */
import { type Policy, policies } from '../../api/auth/policy.ts';
import { type Rule, rules } from '../../api/auth/rule.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { type KubeObject, keyOf, type Resource } from '../../api/object.ts';
import { readNode } from '../../authorization/rules/node-name.ts';
import {
  OWNER_KIND_LABEL,
  OWNER_NAME_LABEL,
  type RuleObject,
  ruleObject,
} from '../../authorization/rules/rule-object.ts';
import { untilAborted } from '../../runtime/abort.ts';
import type { Client } from '../../runtime/client/client.ts';
import { Replicas } from '../../runtime/election/replicas.ts';
import { Writes } from '../../runtime/loop/bounded-writes.ts';
import { Controller, type Watch, watch, watchOwn } from '../../runtime/loop/controller.ts';
import type { ProcessAccess } from '../../runtime/process/access.ts';
import { type ProcessContext, runProcess } from '../../runtime/process/process.ts';
import { ownersAccess } from './access.ts';
import { Caches } from './caches.ts';
import { BY_OWNER, OwnRules } from './own-rules.ts';
import { identityOf, type OwnerObject, type RuleOwner, type Stores } from './owner.ts';
import { type OwnerTools, reconcileOwner } from './reconcile.ts';
import { Targets } from './targets.ts';

/** How many Rules a process writes at once. Past about this many, a kube-apiserver on two cores gets no faster. */
const PARALLEL_WRITES = 24;
/** How many objects a kind works on at once: most need one write after the other. */
const WORKERS = 24;

/** One kind of a process, with its object type closed over. */
export interface OwnerPart {
  readonly resource: Resource;
  readonly references: readonly { readonly resource: Resource }[];
  /** Creates the cache of the kind. Called for every part before any loop is made. */
  cache(caches: Caches): void;
  loop(context: ProcessContext, caches: Caches, tools: OwnerTools): Controller;
  /** What all objects of the kind stand for, without a cluster: the same translation, over whatever the stores hold. */
  rules(stores: Stores): RuleObject[];
}

export interface OwnerProcess {
  readonly name: string;
  readonly parts: readonly OwnerPart[];
  readonly access: ProcessAccess;
}

/** Describes a process; nothing runs yet, so that generators can read its declaration. */
export function ownerProcess(name: string, parts: readonly OwnerPart[]): OwnerProcess {
  return { name, parts, access: { name, access: ownersAccess(parts), leaderElection: true, replicas: 'awaits' } };
}

export function ownerPart<T extends OwnerObject>(owner: RuleOwner<T>): OwnerPart {
  return {
    resource: owner.resource,
    references: owner.references,
    cache: (caches) => caches.add(owner.resource, { indexes: referenceIndexes(owner) }),
    loop: (context, caches, tools) =>
      new Controller({
        name: owner.resource.plural,
        watches: watchesOf(owner, caches),
        reconcile: (key) => reconcileOwner(owner, key, tools),
        concurrency: WORKERS,
        log: context.log,
        metrics: context.metrics,
      }),
    rules: (stores) =>
      stores
        .of(owner.resource)
        .list()
        .flatMap((object) => owner.translate(object, stores).lines.map((line) => ruleObject(identityOf(object), line))),
  };
}

/** Runs the process until it is told to stop. */
export async function runOwnerProcess(process: OwnerProcess): Promise<void> {
  await runProcess({
    name: process.name,
    leaderElection: true,
    setup: (context) => Promise.resolve({ run: ownersWork(process, context, PARALLEL_WRITES) }),
  });
}

/** Creates the caches of a process, and returns its work: what it does until the signal aborts. */
export function ownersWork(
  process: OwnerProcess,
  context: ProcessContext,
  parallelWrites: number,
): (signal: AbortSignal) => Promise<void> {
  const caches = cachesOf(context, process.parts);
  const ownRules = new OwnRules(caches.informer(rules));
  const tools: OwnerTools = {
    client: context.client,
    writes: new Writes(parallelWrites),
    events: context.events,
    stores: caches,
    ownRules,
    targets: new Targets(context.client, caches),
    replicas: authorizerReplicas(context.client, String(context.flags['lease-namespace'])),
    effectOf: effectsIn(caches),
    now: Date.now,
  };
  const loops = process.parts.map((part) => part.loop(context, caches, tools));
  return async (signal) => {
    // As a leader all caches are read anew before; else this is the first time.
    await Promise.race([caches.informer(rules).synced, untilAborted(signal)]);
    ownRules.begin();
    await Promise.all(loops.map((loop) => loop.run(signal)));
    ownRules.end();
  };
}

/** The replicas that a withdrawal of a Rule waits for. `namespace` is that of their Leases. */
export function authorizerReplicas(client: Pick<Client, 'list'>, namespace: string): Replicas {
  return new Replicas({ client, process: PROCESS_NAMES.authorizer, namespace });
}

function cachesOf(context: ProcessContext, parts: readonly OwnerPart[]): Caches {
  const caches = new Caches(context);
  for (const part of parts) part.cache(caches);
  for (const { resource } of parts.flatMap((part) => part.references)) caches.add(resource, {});
  const kinds = parts.map((part) => part.resource.kind).join(',');
  caches.add(rules, {
    labelSelector: `${OWNER_KIND_LABEL} in (${kinds})`,
    indexes: { [BY_OWNER]: (rule: Rule) => [ownerLabels(rule)] },
  });
  return caches;
}

/** Own objects by themselves, through the objects that they refer to, and through their Rules, should somebody touch those. */
function watchesOf<T extends OwnerObject>(owner: RuleOwner<T>, caches: Caches): Watch[] {
  const own = caches.informer(owner.resource);
  return [
    watchOwn(own),
    ...owner.references.map(({ resource }) =>
      watch(caches.informer(resource), (object: KubeObject) =>
        own.store.byIndex(resource.kind, object.metadata.name).map((referrer) => keyOf(referrer.metadata)),
      ),
    ),
    watch(caches.informer(rules), (rule) =>
      rule.metadata.labels?.[OWNER_KIND_LABEL] === owner.resource.kind ? ownerKeys(rule) : [],
    ),
  ];
}

function referenceIndexes<T extends OwnerObject>(
  owner: RuleOwner<T>,
): Record<string, (object: T) => readonly string[]> {
  return Object.fromEntries(
    owner.references.map((reference) => [reference.resource.kind, (object: T) => reference.names(object)]),
  );
}

function ownerKeys(rule: Rule): string[] {
  return (rule.metadata.ownerReferences ?? []).map((reference) => reference.name);
}

function ownerLabels(rule: Rule): string {
  return `${rule.metadata.labels?.[OWNER_KIND_LABEL] ?? ''}/${rule.metadata.labels?.[OWNER_NAME_LABEL] ?? ''}`;
}

function effectsIn(caches: Caches): OwnerTools['effectOf'] {
  const store = caches.has(policies) ? caches.of<Policy>(policies) : undefined;
  return (node) => {
    const { kind, name } = readNode(node);
    return kind === 'policy' ? store?.get(name)?.spec.statement.effect : undefined;
  };
}
