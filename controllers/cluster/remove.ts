/** Removes a cluster whose object is being deleted: the provider's removal steps, then the finalizer. */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { CLUSTER_FINALIZER } from '../../api/platform/labels.ts';
import type { Outcome, ReconcileContext } from '../../runtime/loop/controller.ts';
import { removeFinalizer } from '../../runtime/loop/finalizer.ts';
import { assessRemoval } from './assess.ts';
import type { ClusterTools } from './cluster-tools.ts';
import { blockedConclusion, conclude, type Run } from './conclusion.ts';
import { StatusWriter } from './status-writer.ts';
import { takeSteps, unfinished } from './take-steps.ts';

export async function removeCluster(
  cluster: Cluster,
  tools: ClusterTools,
  context: ReconcileContext,
): Promise<Outcome> {
  if (!(cluster.metadata.finalizers ?? []).includes(CLUSTER_FINALIZER)) return {};
  const assessment = assessRemoval(
    { cluster, providers: tools.providers, nowMs: tools.now() },
    tools.deletionBlockers(cluster.metadata.name),
  );
  const status = new StatusWriter({ cluster, assessment }, tools);
  const run: Run = { cluster, assessment, status, tools, context };
  if (assessment.blocked !== undefined) return conclude(run, blockedConclusion(assessment.blocked));
  const progress = await takeSteps(run);
  if (progress.open !== undefined) return conclude(run, unfinished(run, progress, progress.open));
  await removeFinalizer(tools.client, clusters, status.stored, CLUSTER_FINALIZER);
  tools.attempts.forget(cluster);
  tools.verifiedAt.delete(cluster.metadata.uid ?? '');
  return {};
}
