/** Turns a hook into a step: a Job that has to complete, or a server that has to report completion. */
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import type { Step } from '../../clusters/providers/provider.ts';
import { hookCondition } from './action.ts';
import { runHookJob } from './hook-job.ts';
import { askWebhook } from './hook-webhook.ts';

export function hookStep(hook: Hook): Step {
  return {
    condition: hookCondition(hook),
    doing: `running the hook ${hook.name} (${hook.moment})`,
    run: (context) => {
      if (hook.job !== undefined) return runHookJob(hook, hook.job.configMap, context);
      // The schema admits a hook only with a job or a webhook.
      return askWebhook(hook, hook.webhook ?? { url: '' }, context);
    },
  };
}
