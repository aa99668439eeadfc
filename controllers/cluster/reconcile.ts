/** Reconciles one Cluster: resolve the goal, run preflight checks, execute the provider's steps. */

import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { CLUSTER_FINALIZER } from '../../api/platform/labels.ts';
import { done, type Step, type StepResult } from '../../clusters/providers/provider.ts';
import type { Outcome, ReconcileContext } from '../../runtime/loop/controller.ts';
import { ensureFinalizer } from '../../runtime/loop/finalizer.ts';
import type { Action } from './action.ts';
import { type Assessment, assess, type Facts } from './assess.ts';
import type { UntimedCondition } from './cluster-status.ts';
import type { ClusterTools } from './cluster-tools.ts';
import {
  blockedConclusion,
  type Conclusion,
  type ConclusionEvent,
  conclude,
  pausedConclusion,
  type Run,
} from './conclusion.ts';
import { reviewCondition, waitsForReview } from './permission-review.ts';
import { removeCluster } from './remove.ts';
import { StatusWriter } from './status-writer.ts';
import { type Progress, resultOf } from './step-runner.ts';
import { stepContext, takeSteps, unfinished } from './take-steps.ts';

/** The shortest delay before a finished cluster is reconciled again. */
const SOON_MS = 100;

/** Reconciles the Cluster of this name. Errors of the hub are thrown and retried by the controller. */
export async function reconcileCluster(name: string, tools: ClusterTools, context: ReconcileContext): Promise<Outcome> {
  // Read from the API server, not from the cache: the steps rest on conditions that this process may just have written.
  const found = await tools.client.get(clusters, { name });
  if (found === undefined) return {};
  if (found.metadata.deletionTimestamp !== undefined) return removeCluster(found, tools, context);
  return maintain(await ensureFinalizer(tools.client, clusters, found, CLUSTER_FINALIZER), tools, context);
}

async function maintain(cluster: Cluster, tools: ClusterTools, context: ReconcileContext): Promise<Outcome> {
  const pause = await pauseEngine(cluster, tools, context);
  const assessment = assess(await factsAbout(cluster, tools));
  const { upgrade } = assessment;
  const review = upgrade === undefined ? undefined : await reviewCondition(upgrade, tools.reviewPermissions);
  const status = new StatusWriter({ cluster, assessment, review }, tools);
  const run: Run = { cluster, assessment, status, tools, context };
  return conclude(run, await conclusionOf(run, pause, review));
}

async function factsAbout(cluster: Cluster, tools: ClusterTools): Promise<Facts> {
  const { spec, metadata } = cluster;
  return {
    cluster,
    providers: tools.providers,
    plan: spec.plan === undefined ? undefined : tools.plans.get(spec.plan),
    releases: tools.releases.list(),
    allowedVersions: await tools.allowedVersions(),
    verifiedAtMs: tools.verifiedAt.get(metadata.uid ?? '') ?? 0,
    nowMs: tools.now(),
  };
}

/**
 * Stops the engine behind the provider of a paused cluster; undefined for a cluster that is not paused. It comes first,
 * so that a paused cluster is left alone even if its spec cannot be met.
 */
async function pauseEngine(
  cluster: Cluster,
  tools: ClusterTools,
  context: ReconcileContext,
): Promise<StepResult | undefined> {
  const provider = tools.providers.get(cluster.spec.type);
  if (cluster.spec.paused !== true || provider === undefined) return undefined;
  const step: Step = {
    condition: 'Paused',
    doing: 'pausing',
    run: (stepping) => provider.pause?.(stepping) ?? Promise.resolve(done('no engine works on the cluster')),
  };
  return resultOf(step, stepContext({ cluster, tools, context }, undefined), tools.attempts);
}

async function conclusionOf(
  run: Run,
  pause: StepResult | undefined,
  review: UntimedCondition | undefined,
): Promise<Conclusion> {
  const { blocked, upgrade } = run.assessment;
  if (blocked !== undefined) return blockedConclusion(blocked);
  if (pause !== undefined) return pausedConclusion(pause);
  const waits = upgrade === undefined ? undefined : waitsForReview(upgrade, review);
  if (waits !== undefined) return blockedConclusion({ state: 'stalled', ...waits });
  const progress = await takeSteps(run);
  return progress.open === undefined ? finished(run, progress) : unfinished(run, progress, progress.open);
}

/** The conclusion when all steps are done. */
function finished({ cluster, assessment, tools }: Run, progress: Progress): Conclusion {
  const { action, verify } = assessment;
  const isNew = action?.state !== 'succeeded';
  if (verify || isNew) tools.verifiedAt.set(cluster.metadata.uid ?? '', tools.now());
  return {
    work: { state: 'ready' },
    progress,
    event: isNew ? succeeded(action) : undefined,
    requeueAfterMs: nextCheckMs(cluster, assessment, tools),
  };
}

function succeeded(action: Action | undefined): ConclusionEvent {
  return { type: 'Normal', reason: 'Succeeded', message: `${action?.type ?? ''}: the cluster matches its spec` };
}

/** The delay before the next check of a finished cluster: short when its next action is to stop. */
function nextCheckMs({ spec, metadata }: Cluster, { action, provider }: Assessment, tools: ClusterTools): number {
  if (spec.stopped === true && action?.type !== 'STOP') return SOON_MS;
  const verifiedAt = tools.verifiedAt.get(metadata.uid ?? '') ?? 0;
  return Math.max(SOON_MS, (provider?.verifyEveryMs ?? 0) - (tools.now() - verifiedAt));
}
