/** The process: `node controllers/rule/main.ts --help`. */
import { type Rule, rules } from '../../api/auth/rule.ts';
import { trustRule } from '../../authorization/rules/trust.ts';
import { Controller, watch, watchOwn } from '../../runtime/loop/controller.ts';
import { runProcess } from '../../runtime/process/process.ts';
import { Caches } from '../rule-owner/caches.ts';
import { OWNERS, type RuleTools, reconcileRule, ruleAccess } from './controller.ts';
import { plannedRepairs, tableOf } from './dry-run.ts';
import { countRules } from './metrics.ts';

const BY_OWNER = 'owner';

await runProcess({
  name: ruleAccess.name,
  leaderElection: true,
  onceWith: 'dry-run',
  flags: {
    'dry-run': {
      type: 'boolean',
      default: false,
      help: 'print what would be repaired now, write nothing, and end: with exit code 1 when there is something to repair, else 0',
    },
    'keep-unowned-rules': {
      type: 'boolean',
      default: false,
      help: 'report Rules without an owner, but do not remove them',
    },
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
    if (context.flags['dry-run'] === true) return Promise.resolve({ run: () => dryRun(caches, tools) });
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

async function dryRun(caches: Caches, tools: RuleTools): Promise<void> {
  await Promise.all([rules, ...OWNERS].map((resource) => caches.informer(resource).synced));
  const planned = await plannedRepairs(tools);
  process.stdout.write(tableOf(planned, tools.rules.list().length));
  process.exitCode = planned.length === 0 ? 0 : 1;
}

function ownerKeys(rule: Rule): string[] {
  const trust = trustRule(rule);
  return trust.honoured ? [`${trust.owner.kind}/${trust.owner.name}`] : [];
}
