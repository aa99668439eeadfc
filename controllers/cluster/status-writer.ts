/**
 * Writes the status of one Cluster during one run. Health conditions belong to the health controller and are left
 * alone.
 */
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import { isHealthCondition } from '../../api/platform/cluster-status.ts';
import { applyStatus } from '../../runtime/loop/apply-status.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { isStepCondition } from './action.ts';
import type { Assessment } from './assess.ts';
import { clusterStatus, type UntimedCondition, type WorkState } from './cluster-status.ts';
import type { ClusterTools } from './cluster-tools.ts';
import { ignoredFields } from './ignored-fields.ts';
import type { Progress } from './step-runner.ts';

export interface StatusSubject {
  readonly cluster: Cluster;
  readonly assessment: Assessment;
  /** The condition PermissionsReviewed, during and after an upgrade. */
  readonly review?: UntimedCondition | undefined;
}

export class StatusWriter {
  readonly #subject: StatusSubject;
  readonly #tools: Pick<ClusterTools, 'client' | 'now'>;
  /** The cluster as last written: the next write compares with it, and writes nothing if nothing changed. */
  #cluster: Cluster;
  /** Its spec may be newer than the one that this run works on. */
  #stored: Cluster;

  constructor(subject: StatusSubject, tools: Pick<ClusterTools, 'client' | 'now'>) {
    this.#subject = subject;
    this.#tools = tools;
    this.#cluster = subject.cluster;
    this.#stored = subject.cluster;
  }

  /** The cluster as the API server has it after the last write, so that a write with its version is no conflict. */
  get stored(): Cluster {
    return this.#stored;
  }

  /** Without `progress`, the conditions of steps stay as they are. */
  async write(work: WorkState, progress?: Progress): Promise<void> {
    const cluster = this.#cluster;
    const {
      assessment: { provider, plan, goal, action },
      review,
    } = this.#subject;
    const known = (cluster.status?.conditions ?? []) as readonly Condition[];
    const status = clusterStatus({
      cluster,
      action,
      work,
      steps: progress?.conditions ?? known.filter(({ type }) => isStepCondition(type, provider)),
      learned: progress?.learned ?? {},
      plan,
      ignoredFields: provider === undefined ? [] : ignoredFields(cluster.spec, provider.usedFields, plan),
      goal,
      review,
      nowIso: new Date(this.#tools.now()).toISOString(),
    });
    const written = await applyStatus(this.#tools.client, clusters, cluster, {
      fields: status,
      isOwn: (type) => !isHealthCondition(type),
    });
    // The same object comes back when there was nothing to write.
    if (written !== cluster) this.#stored = written;
    const health = known.filter(({ type }) => isHealthCondition(type));
    this.#cluster = { ...cluster, status: { ...status, conditions: [...(status.conditions ?? []), ...health] } };
  }
}
