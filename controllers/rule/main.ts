/** The process: `node controllers/rule/main.ts --help`. */
import { type Rule, rules } from '../../api/auth/rule.ts';
import { trustRule } from '../../rules/trust.ts';
import { Controller, watch, watchOwn } from '../../runtime/controller.ts';
import { runProcess } from '../../runtime/process.ts';
import { Caches } from '../rule-owner/caches.ts';
import { OWNERS, type RuleTools, reconcileRule, ruleAccess } from './controller.ts';
import { countRules } from './metrics.ts';

const BY_OWNER = 'owner';

await runProcess({
  name: ruleAccess.name,
  leaderElection: true,
  flags: {
    'keep-unowned-rules': { type: 'boolean', default: false, help: 'report Rules without an owner, but do not remove them' },
  },
  setup: (context) => {
    const caches = new Caches(context);
    caches.add(rules, { indexes: { [BY_OWNER]: ownerKeys } });
    for (const owner of OWNERS) caches.add(owner, {});
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
    const controller = new Controller({
      name: rules.plural,
      watches: [
        watchOwn(ruleCache),
        ...OWNERS.map((owner) =>
          watch(caches.informer(owner), ({ metadata }) =>
            // Only a deletion can orphan Rules; while the owner is there its own controller answers for them.
            caches.of(owner).get(metadata.name) === undefined
              ? ruleCache.store.byIndex(BY_OWNER, `${owner.kind}/${metadata.name}`).map((rule) => rule.metadata.name)
              : [],
          ),
        ),
      ],
      reconcile: (name) => reconcileRule(name, tools),
      log: context.log,
      metrics: context.metrics,
    });
    return Promise.resolve({ run: (signal: AbortSignal) => controller.run(signal) });
  },
});

function ownerKeys(rule: Rule): string[] {
  const trust = trustRule(rule);
  return trust.honoured ? [`${trust.owner.kind}/${trust.owner.name}`] : [];
}
