/**
 * Checks every Rule: one that does not count, or whose owner is gone, is reported and removed. Watches Rules and every
 * kind that owns Rules. The Rules of a live owner are left to that owner's controller: only it knows whether a Rule in
 * the owner's name was forged.
 */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import { type Rule, rules } from '../../api/auth/rule.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import { Controller, type Watch, watch, watchOwn } from '../../runtime/loop/controller.ts';
import type { ProcessContext, Running } from '../../runtime/process/process.ts';
import { Caches } from '../rule-owner/caches.ts';
import { printPlannedRepairs } from './dry-run.ts';
import { countRules } from './metrics.ts';
import { type RuleTools, reconcileRule } from './reconcile.ts';

const BY_OWNER = 'owner';

/** Creates the caches. Returns the work of the leader, or with --dry-run the one report. */
export function ruleWork(context: ProcessContext): Running {
  const caches = new Caches(context);
  caches.add(rules, { indexes: { [BY_OWNER]: ownerKeys } });
  for (const owner of OWNER_KINDS) caches.add<KubeObject>(owner, {});
  const ruleCache = caches.informer(rules);
  countRules(ruleCache, context.metrics);
  const tools: RuleTools = {
    client: context.client,
    events: context.events,
    rules: ruleCache.store,
    ownersOf: (resource) => caches.of(resource),
    keepUnowned: context.flags['keep-unowned-rules'] === true,
    now: Date.now,
  };
  if (context.flags['dry-run'] === true) {
    const synced = [rules, ...OWNER_KINDS].map((resource: Resource) => caches.informer(resource).synced);
    return { run: () => Promise.all(synced).then(() => printPlannedRepairs(tools)) };
  }
  const controller = new Controller({
    name: rules.plural,
    watches: [watchOwn(ruleCache), ...OWNER_KINDS.map((owner) => watchOwner(owner, caches))],
    reconcile: (name) => reconcileRule(name, tools),
    log: context.log,
    metrics: context.metrics,
  });
  return { run: (signal) => controller.run(signal) };
}

/** Queues the Rules of an owner that is deleted. While it exists, its own controller looks after them. */
function watchOwner(owner: Resource, caches: Caches): Watch {
  return watch(caches.informer(owner), ({ metadata }) =>
    caches.of(owner).get(metadata.name) === undefined
      ? caches
          .of(rules)
          .byIndex(BY_OWNER, `${owner.kind}/${metadata.name}`)
          .map((rule) => rule.metadata.name)
      : [],
  );
}

function ownerKeys(rule: Rule): string[] {
  const trust = trustRule(rule);
  return trust.honoured ? [`${trust.owner.kind}/${trust.owner.name}`] : [];
}
