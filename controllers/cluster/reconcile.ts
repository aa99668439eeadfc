/** One cluster: what it should be, whether that can be, and the steps to it. Removal too is a plan of steps. */

import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import type { ClusterPlan } from '../../api/platform/cluster-plan.ts';
import type { ClusterRelease } from '../../api/platform/cluster-release.ts';
import { isHealthCondition } from '../../api/platform/cluster-status.ts';
import type { ClusterType } from '../../api/platform/fields.ts';
import { CLUSTER_FINALIZER } from '../../api/platform/labels.ts';
import {
  type Goal,
  goalOf,
  isProblem,
  type PlanSnapshot,
  type Problem,
  planSnapshotOf,
} from '../../clusters/providers/goal.ts';
import {
  done,
  type Provider,
  type Step,
  type StepContext,
  type StepResult,
} from '../../clusters/providers/provider.ts';
import type { Store } from '../../runtime/cache/store.ts';
import type { Client } from '../../runtime/client/client.ts';
import { applyStatus } from '../../runtime/loop/apply-status.ts';
import type { Outcome, ReconcileContext } from '../../runtime/loop/controller.ts';
import type { EventRecorder } from '../../runtime/loop/events.ts';
import { ensureFinalizer, removeFinalizer } from '../../runtime/loop/finalizer.ts';
import { type Action, actionOf, isHook, type PlannedStep, stepsOf } from './action.ts';
import { type Judged, type Standing, type StatusInput, statusOf } from './cluster-status.ts';
import { hookStep } from './hooks.ts';
import { ignoredFields } from './ignored-fields.ts';
import { type Review, type ReviewInput, reviewOf, waitsForReview } from './permission-review.ts';
import { preflight } from './preflight.ts';
import { type Attempts, type Progress, resultOf, retryAfterMs, runSteps } from './step-runner.ts';

export interface ClusterTools {
  readonly client: Client;
  readonly events: EventRecorder;
  /** The namespace of the installation. */
  readonly namespace: string;
  readonly plans: Store<ClusterPlan>;
  readonly releases: Store<ClusterRelease>;
  readonly providers: ReadonlyMap<ClusterType, Provider>;
  /** The versions that cluster-info allows; undefined when it says nothing. */
  readonly allowedVersions: () => Promise<readonly string[] | undefined>;
  /** What still says that it is in a cluster, by the cluster's name: it has to go first. */
  readonly heldBy: (cluster: string) => readonly string[];
  /** What an upgrade does to permissions. */
  readonly review: Review;
  readonly attempts: Attempts;
  /** When the steps of a cluster were last looked at, by uid, in milliseconds. */
  readonly verifiedAt: Map<string, number>;
  readonly now: () => number;
}

/** How long a cluster waits whose spec or plan has to change first: what it waits for is watched, this is for safety. */
const STALLED_RETRY_MS = 60_000;
const HELD_RETRY_MS = 5_000;
const PAUSING_RETRY_MS = 5_000;
const SOON_MS = 100;

/** The reason of Ready while an action is under way. */
const DOING = {
  CREATE: 'Creating',
  UPGRADE: 'Upgrading',
  RESIZE: 'Resizing',
  UPDATE: 'Updating',
  STOP: 'Stopping',
  START: 'Starting',
  DELETE: 'Deleting',
} as const;

export async function reconcileCluster(name: string, tools: ClusterTools, context: ReconcileContext): Promise<Outcome> {
  // Read anew, not from the cache: steps rest on conditions that this process has just written.
  const found = await tools.client.get(clusters, { name });
  if (found === undefined) return {};
  const work = new Work(found, tools, context);
  if (found.metadata.deletionTimestamp !== undefined) return work.remove();
  work.cluster = await ensureFinalizer(tools.client, clusters, found, CLUSTER_FINALIZER);
  return work.make();
}

class Work {
  cluster: Cluster;
  readonly #tools: ClusterTools;
  readonly #context: ReconcileContext;
  #kept: PlanSnapshot | undefined;
  #goal: Goal | undefined;
  #action: Action | undefined;
  #review: Judged | undefined;

  constructor(cluster: Cluster, tools: ClusterTools, context: ReconcileContext) {
    this.cluster = cluster;
    this.#tools = tools;
    this.#context = context;
  }

  async make(): Promise<Outcome> {
    const { spec } = this.cluster;
    const provider = this.#tools.providers.get(spec.type);
    if (provider === undefined)
      return this.#stall({ reason: 'ProviderMissing', message: providerMissing(spec.type, this.#tools.providers) });
    // Whatever else is wrong with it, a cluster that is to be left as it is is left so.
    const pausing = spec.paused === true ? await this.#pause(provider) : undefined;
    const problem = await this.#aim();
    if (problem !== undefined) return this.#stall(problem);
    const action = this.#begin();
    const upgrade = {
      cluster: this.cluster,
      action,
      to: this.#goal?.version,
      begun: this.#hasBegun(provider),
    } satisfies ReviewInput;
    this.#review = await reviewOf(upgrade, this.#tools.review);
    if (pausing !== undefined) return this.#paused(pausing);
    const held = waitsForReview(upgrade, this.#review);
    if (held !== undefined) return this.#stall(held);
    const steps = action.type === 'STOP' ? provider.stop : provider.steps;
    if (steps === undefined)
      return this.#stall({
        reason: 'NotStoppable',
        message: `clusters of type ${spec.type} can't be stopped: set spec.stopped to false`,
      });
    return this.#take(provider, action, steps);
  }

  async #take(provider: Provider, action: Action, steps: readonly Step[]): Promise<Outcome> {
    const verify = action.state === 'succeeded' && this.#isVerificationDue(provider);
    const planned = stepsOf(
      action,
      steps.map(({ condition }) => condition),
      hooksOf(action, this.cluster.spec),
    );
    const progress = await this.#run(planned, steps, verify);
    if (progress.open === undefined) return this.#finished(provider, progress, verify || action.state !== 'succeeded');
    if (verify && this.#mayBeChance(progress.open))
      return { requeueAfterMs: retryAfterMs(this.cluster, progress.open, this.#tools.attempts) };
    return this.#open(progress, progress.open);
  }

  #pause(provider: Provider): Promise<StepResult> {
    const step: Step = {
      condition: 'Paused',
      doing: 'pausing',
      run: (context) => provider.pause?.(context) ?? Promise.resolve(done('nothing works on it')),
    };
    return resultOf(step, this.#stepContext(), this.#tools.attempts);
  }

  async #paused(result: StepResult): Promise<Outcome> {
    if (result.state === 'done') {
      await this.#write({ state: 'paused' });
      return {};
    }
    const { reason, message } = result;
    await this.#write({ state: 'paused', pausing: { reason, message } });
    return { requeueAfterMs: PAUSING_RETRY_MS };
  }

  async remove(): Promise<Outcome> {
    if (!(this.cluster.metadata.finalizers ?? []).includes(CLUSTER_FINALIZER)) return {};
    const { spec, metadata } = this.cluster;
    const action = this.#begin();
    const held = heldUp(spec);
    if (held !== undefined) return this.#stall(held);
    const inside = this.#tools.heldBy(metadata.name);
    if (inside.length > 0) {
      const message = `waits until these are gone, which are in it: ${inside.slice(0, 5).join(', ')}${inside.length > 5 ? ` and ${inside.length - 5} more` : ''}`;
      await this.#write({ state: 'working', reason: 'Terminating', message });
      return { requeueAfterMs: HELD_RETRY_MS };
    }
    const provider = this.#tools.providers.get(spec.type);
    if (provider === undefined)
      return this.#stall({ reason: 'ProviderMissing', message: providerMissing(spec.type, this.#tools.providers) });
    const planned = stepsOf(
      action,
      provider.removal.map(({ condition }) => condition),
      spec.hooks ?? [],
    );
    const progress = await this.#run(planned, provider.removal, false);
    if (progress.open !== undefined) return this.#open(progress, progress.open);
    await removeFinalizer(this.#tools.client, clusters, this.cluster, CLUSTER_FINALIZER);
    this.#tools.attempts.forget(this.cluster);
    this.#tools.verifiedAt.delete(metadata.uid ?? '');
    return {};
  }

  /** Finds the goal, and what stands in its way. */
  async #aim(): Promise<Problem | undefined> {
    const { cluster } = this;
    const releases = this.#tools.releases.list();
    const plan = cluster.spec.plan === undefined ? undefined : this.#tools.plans.get(cluster.spec.plan);
    const kept = planSnapshotOf(cluster, { plan, releases, nowMs: this.#tools.now() });
    if (isProblem(kept)) return kept;
    this.#kept = kept;
    const goal = goalOf(cluster, kept);
    if (isProblem(goal)) return goal;
    this.#goal = goal;
    const allowed = await this.#tools.allowedVersions();
    const problems = preflight({
      goal,
      plan: kept,
      planName: cluster.spec.plan ?? '',
      releases,
      current: cluster.status?.version ?? undefined,
      allowed,
      nowMs: this.#tools.now(),
    });
    const [first] = problems;
    return first === undefined
      ? undefined
      : { reason: first.reason, message: problems.map(({ message }) => message).join('; ') };
  }

  #begin(): Action {
    const action = actionOf(this.cluster, this.#goal, this.#nowIso());
    this.#action = action;
    return action;
  }

  /** Whether a step was taken for this generation. */
  #hasBegun(provider: Provider): boolean {
    const { metadata, status } = this.cluster;
    return (status?.conditions ?? []).some(
      ({ type, observedGeneration }) => isStep(type, provider) && observedGeneration === metadata.generation,
    );
  }

  #isVerificationDue({ verifyEveryMs }: Provider): boolean {
    return this.#tools.now() - (this.#tools.verifiedAt.get(this.cluster.metadata.uid ?? '') ?? 0) >= verifyEveryMs;
  }

  /** When a finished cluster is to be looked at again: soon, when the next action of this generation is to stop it. */
  #nextLookMs({ verifyEveryMs }: Provider): number {
    if (this.cluster.spec.stopped === true && this.#action?.type !== 'STOP') return SOON_MS;
    return Math.max(
      SOON_MS,
      verifyEveryMs - (this.#tools.now() - (this.#tools.verifiedAt.get(this.cluster.metadata.uid ?? '') ?? 0)),
    );
  }

  #run(planned: readonly PlannedStep[], steps: readonly Step[], verify: boolean): Promise<Progress> {
    return runSteps({
      context: this.#stepContext(),
      planned,
      verify,
      now: this.#tools.now,
      attempts: this.#tools.attempts,
      stepOf: ({ condition, hook }) => (hook === undefined ? stepNamed(steps, condition) : hookStep(hook)),
      tell: (progress) => this.#tell(progress),
    });
  }

  #stepContext(): StepContext {
    const { client, namespace } = this.#tools;
    return {
      cluster: this.cluster,
      goal: this.#goal,
      client,
      namespace,
      log: this.#context.log,
      signal: this.#context.signal,
    };
  }

  async #tell(progress: Progress): Promise<void> {
    await this.#write(this.#working(`${progress.open?.step.doing ?? 'working'} …`), progress);
  }

  #working(message: string): Standing {
    return { state: 'working', reason: DOING[this.#action?.type ?? 'UPDATE'], message };
  }

  async #open(progress: Progress, open: NonNullable<Progress['open']>): Promise<Outcome> {
    const { result, step } = open;
    const standing: Standing =
      result === undefined
        ? this.#working(`${step.doing} …`)
        : {
            state: result.state === 'failed' && result.mayPass !== true ? 'stalled' : 'working',
            reason: result.state === 'done' ? 'Done' : result.reason,
            message: result.message,
          };
    if (result?.state === 'failed') this.#tools.events.record(this.cluster, 'Warning', result.reason, result.message);
    await this.#write(standing, progress);
    return { requeueAfterMs: retryAfterMs(this.cluster, open, this.#tools.attempts) };
  }

  /** A cluster that was what it should be is not called otherwise because of one look that failed. */
  #mayBeChance({ step, result }: NonNullable<Progress['open']>): boolean {
    const wasReady = (this.cluster.status?.conditions ?? []).some(
      ({ type, status }) => type === step.condition && status === 'True',
    );
    return result?.state === 'failed' && wasReady && this.#tools.attempts.mayBeChance(this.cluster, step.condition);
  }

  async #finished(provider: Provider, progress: Progress, looked: boolean): Promise<Outcome> {
    const uid = this.cluster.metadata.uid ?? '';
    if (looked) this.#tools.verifiedAt.set(uid, this.#tools.now());
    if (this.#action?.state !== 'succeeded') {
      this.#tools.events.record(
        this.cluster,
        'Normal',
        'Succeeded',
        `${this.#action?.type ?? ''}: the cluster is what it should be`,
      );
    }
    await this.#write({ state: 'ready' }, progress);
    return { requeueAfterMs: this.#nextLookMs(provider) };
  }

  async #stall({ reason, message }: Problem): Promise<Outcome> {
    this.#tools.events.record(this.cluster, 'Warning', reason, message);
    await this.#write({ state: 'stalled', reason, message });
    return { requeueAfterMs: STALLED_RETRY_MS };
  }

  async #write(standing: Standing, progress?: Progress): Promise<void> {
    const known = (this.cluster.status?.conditions ?? []) as Progress['conditions'];
    const { spec } = this.cluster;
    const provider = this.#tools.providers.get(spec.type);
    const input: StatusInput = {
      cluster: this.cluster,
      action: this.#action,
      standing,
      steps: progress?.conditions ?? known.filter(({ type }) => isStep(type, provider)),
      learned: progress?.learned ?? {},
      kept: this.#kept,
      ignoredFields: provider === undefined ? [] : ignoredFields(spec, provider.heeds, this.#kept),
      goal: this.#goal,
      review: this.#review,
      nowIso: this.#nowIso(),
    };
    const status = statusOf(input);
    await applyStatus(this.#tools.client, clusters, this.cluster, {
      fields: status,
      isOwn: (type) => !isHealthCondition(type),
    });
    // What the next write is compared with; health's conditions are not in it, and not ours.
    const foreign = known.filter(({ type }) => isHealthCondition(type));
    this.cluster = { ...this.cluster, status: { ...status, conditions: [...(status.conditions ?? []), ...foreign] } };
  }

  #nowIso(): string {
    return new Date(this.#tools.now()).toISOString();
  }
}

/** A hook belongs to its action and is not run again to look after a cluster that is finished. */
function hooksOf({ state }: Action, { hooks }: Cluster['spec']): readonly Hook[] {
  return state === 'succeeded' ? [] : (hooks ?? []);
}

/** What in the spec keeps a cluster from being removed. */
function heldUp({ deletionProtection, paused }: Cluster['spec']): Problem | undefined {
  if (deletionProtection === true)
    return {
      reason: 'DeletionProtected',
      message: 'spec.deletionProtection is true: set it to false, and the deletion goes on',
    };
  return paused === true
    ? { reason: 'Paused', message: 'spec.paused is true: set it to false, and the deletion goes on' }
    : undefined;
}

function isStep(type: string, provider: Provider | undefined): boolean {
  return (
    isHook(type) ||
    [...(provider?.steps ?? []), ...(provider?.stop ?? []), ...(provider?.removal ?? [])].some(
      ({ condition }) => condition === type,
    )
  );
}

function stepNamed(steps: readonly Step[], condition: string): Step {
  const step = steps.find((each) => each.condition === condition);
  if (step === undefined) throw new Error(`no step makes ${condition} true`);
  return step;
}

function providerMissing(type: ClusterType, providers: ReadonlyMap<ClusterType, Provider>): string {
  const known = [...providers.keys()].join(', ') || 'none';
  return `this installation makes no clusters of type ${type}: it has the providers ${known}; start the cluster controller with that one (--help)`;
}
