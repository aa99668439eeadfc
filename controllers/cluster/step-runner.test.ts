import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { StepContext, StepResult } from '../../clusters/providers/provider.ts';
import type { Client } from '../../runtime/client/client.ts';
import { ApiError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Condition } from '../../runtime/loop/conditions.ts';
import { Attempts } from './attempts.ts';
import { type Progress, type RunnerOptions, retryAfterMs, runSteps } from './step-runner.ts';

const BEFORE = '2026-01-01T00:00:00.000Z';
const NOW_MS = Date.parse('2026-01-02T03:04:05Z');

const condition = (type: string, status: Condition['status'], observedGeneration: number): Condition => ({
  type,
  status,
  reason: 'Done',
  message: 'it held',
  observedGeneration,
  lastTransitionTime: BEFORE,
});
const cluster = (conditions: readonly Condition[] = [], generation = 2, uid = 'u-1'): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name: 'cls-a', uid, generation },
  spec: { tenantID: 'acme', type: 'Local' },
  status: { conditions: [...conditions] },
});
const log: Logger = { error: () => undefined, info: () => undefined, debug: () => undefined, child: () => log };
const context = (of: Cluster, signal: AbortSignal): StepContext => ({
  cluster: of,
  goal: undefined,
  client: {} as Client,
  namespace: INSTALLATION_NAMESPACE,
  log,
  signal,
});

interface Run {
  /** Announcements and runs, in order: `announce One`, `run One`. */
  readonly calls: string[];
  readonly progress: Progress;
}

type Results = Readonly<Record<string, () => Promise<StepResult>>>;
const is = (result: StepResult) => (): Promise<StepResult> => Promise.resolve(result);
const done = (message = 'it holds'): (() => Promise<StepResult>) => is({ state: 'done', message });

async function run(
  steps: Results,
  more: Partial<RunnerOptions> & { of?: Cluster; signal?: AbortSignal } = {},
): Promise<Run> {
  const calls: string[] = [];
  const progress = await runSteps({
    context: context(more.of ?? cluster(), more.signal ?? new AbortController().signal),
    steps: Object.keys(steps).map((name) => ({
      condition: name,
      doing: `making ${name}`,
      run: () => {
        calls.push(`run ${name}`);
        return (steps[name] ?? done())();
      },
    })),
    verify: false,
    now: () => NOW_MS,
    attempts: new Attempts(),
    announce: ({ open }) => {
      calls.push(`announce ${open?.step.condition ?? 'nothing'}`);
      return Promise.resolve();
    },
    ...more,
  });
  return { calls, progress };
}

const states = ({ progress }: Run): string[] =>
  progress.conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

describe('steps', () => {
  test('run in order, and each is announced before it runs', async () => {
    const all = await run({ One: done(), Two: done() });
    assert.deepEqual(all.calls, ['announce One', 'run One', 'announce Two', 'run Two']);
    assert.deepEqual(states(all), ['One=True Done', 'Two=True Done']);
    assert.equal(all.progress.open, undefined);
  });

  test('that wait or fail end the run with their reason', async () => {
    const waits = await run({ One: is({ state: 'waiting', reason: 'EtcdStarting', message: 'waits' }), Two: done() });
    assert.deepEqual([waits.calls, states(waits)], [['announce One', 'run One'], ['One=False EtcdStarting']]);
    const fails = await run({
      One: done(),
      Two: is({ state: 'failed', reason: 'DiskFull', message: 'the disk is full' }),
      Three: done(),
    });
    assert.deepEqual(states(fails), ['One=True Done', 'Two=False DiskFull']);
    assert.equal(fails.progress.open?.step.condition, 'Two');
  });

  test('are resumed, not repeated: a step that is done for this generation does not run', async () => {
    const resumed = await run(
      { One: done(), Two: done() },
      { of: cluster([condition('One', 'True', 2), condition('Two', 'False', 2)]) },
    );
    // The condition stays until the result differs: each write would be a change of the object.
    assert.deepEqual(resumed.calls, ['run Two']);
    assert.deepEqual(states(resumed), ['One=True Done', 'Two=True Done']);
  });

  test('that were done for an earlier generation run again', async () => {
    const again = await run(
      { One: done(), Two: done() },
      { of: cluster([condition('One', 'True', 1), condition('Two', 'True', 1)]) },
    );
    assert.deepEqual(again.calls, ['announce One', 'run One', 'announce Two', 'run Two']);
    assert.deepEqual(
      again.progress.conditions.map(({ observedGeneration, lastTransitionTime }) => [
        observedGeneration,
        lastTransitionTime,
      ]),
      [
        [2, BEFORE],
        [2, BEFORE],
      ],
    );
  });

  test('add up what they learn; later steps win', async () => {
    const { progress } = await run({
      One: is({ state: 'done', message: '', status: { version: 'a', server: 's' } }),
      Two: is({ state: 'waiting', reason: 'StepFailed', message: '', status: { version: 'b' } }),
    });
    assert.deepEqual(progress.learned, { version: 'b', server: 's' });
  });

  test('that are all done do not run, and other conditions are left out', async () => {
    const all = await run(
      { One: done() },
      { of: cluster([condition('One', 'True', 2), condition('Ready', 'True', 2)]) },
    );
    assert.deepEqual([all.calls, states(all)], [[], ['One=True Done']]);
  });
});

describe('a verification', () => {
  const known = cluster([condition('One', 'True', 2), condition('Two', 'True', 2)]);
  test('runs every step and announces none', async () => {
    assert.deepEqual((await run({ One: done(), Two: done() }, { of: known, verify: true })).calls, [
      'run One',
      'run Two',
    ]);
  });
  test('changes no condition that still holds', async () => {
    const same = () => done('it held')();
    assert.deepEqual(
      (await run({ One: same, Two: same }, { of: known, verify: true })).progress.conditions,
      known.status?.conditions,
    );
  });
  test('ends at the first step that is no longer done', async () => {
    const found = await run(
      { One: is({ state: 'failed', reason: 'ClusterGone', message: 'it is gone' }), Two: done() },
      { of: known, verify: true },
    );
    assert.deepEqual([found.calls, states(found)], [['run One'], ['One=False ClusterGone', 'Two=True Done']]);
  });
});

describe('a step that throws', () => {
  test('has failed, and its condition says what it was doing', async () => {
    const { progress } = await run({
      One: () => Promise.reject(new Error('no space left', { cause: new Error('ENOSPC') })),
    });
    assert.deepEqual(progress.conditions[0]?.message, 'making One: no space left: ENOSPC');
    assert.equal(progress.open?.result?.state, 'failed');
  });
  test('is transient unless it failed twice before', async () => {
    const attempts = new Attempts();
    const mayPass: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const { progress } = await run({ One: () => Promise.reject(new Error('no')) }, { attempts });
      const { open } = progress;
      mayPass.push(open?.result?.state === 'failed' && open.result.mayPass);
      if (open !== undefined) retryAfterMs(cluster(), open, attempts);
    }
    assert.deepEqual(mayPass, [true, true, false]);
  });
  test('synchronously has failed too', async () => {
    const { progress } = await run({
      One: () => {
        throw new TypeError('undefined is not a function');
      },
    });
    assert.equal(progress.conditions[0]?.reason, 'StepFailed');
  });
  test('a conflict is retried: it says nothing about the cluster', async () => {
    await assert.rejects(run({ One: () => Promise.reject(new ApiError(409, 'Conflict', 'changed meanwhile')) }), {
      status: 409,
    });
  });
  test('while the process is stopping says nothing about the cluster', async () => {
    const stop = new AbortController();
    const stopped = new Error('aborted');
    await assert.rejects(
      run(
        {
          One: () => {
            stop.abort();
            return Promise.reject(stopped);
          },
        },
        { signal: stop.signal },
      ),
      stopped,
    );
  });
});

test('a stopping process begins no step', async () => {
  const stop = new AbortController();
  const { calls, progress } = await run(
    {
      One: () => {
        stop.abort();
        return done()();
      },
      Two: done(),
    },
    { signal: stop.signal },
  );
  assert.deepEqual(calls, ['announce One', 'run One', 'announce Two']);
  assert.deepEqual([progress.open?.step.condition, progress.open?.result], ['Two', undefined]);
});

test('a failed announcement ends the run before the step', async () => {
  const calls: string[] = [];
  await assert.rejects(
    run(
      {
        One: () => {
          calls.push('run');
          return done()();
        },
      },
      { announce: () => Promise.reject(new Error('no etcd')) },
    ),
    /no etcd/,
  );
  assert.deepEqual(calls, []);
});

describe('the retry delay of an open step', () => {
  const open = (state: 'failed' | 'waiting' | undefined, more: object = {}): NonNullable<Progress['open']> => ({
    step: { condition: 'One', doing: '', run: done() },
    result: state === undefined ? undefined : { state, reason: 'StepFailed', message: '', ...more },
  });
  const of = cluster();

  test('waiting: its own delay, else 2 s; not run yet: at once', () => {
    const attempts = new Attempts();
    assert.equal(retryAfterMs(of, open('waiting', { retryAfterMs: 123 }), attempts), 123);
    assert.equal(retryAfterMs(of, open('waiting'), attempts), 2_000);
    assert.equal(retryAfterMs(of, open(undefined), attempts), 0);
  });

  test('failed: longer each time, at most a minute', () => {
    const attempts = new Attempts();
    const delays = Array.from({ length: 200 }, () => retryAfterMs(of, open('failed'), attempts));
    assert.ok(delays.every((delay) => delay >= 1_000 && delay <= 60_000));
    assert.ok(Math.max(...delays.slice(0, 2)) <= 4_000);
    assert.ok(Math.max(...delays.slice(6)) > 30_000, 'with full jitter one of many is long');
  });

  test('failed after progress: short again; other and forgotten clusters count separately', () => {
    const attempts = new Attempts();
    const failing = (each: Cluster): number =>
      Math.max(...Array.from({ length: 30 }, () => retryAfterMs(each, open('failed'), attempts)));
    failing(of);
    retryAfterMs(of, open('waiting'), attempts);
    assert.ok(retryAfterMs(of, open('failed'), attempts) <= 2_000);
    failing(of);
    assert.ok(retryAfterMs(cluster([], 2, 'u-10'), open('failed'), attempts) <= 2_000);
    attempts.forget(of);
    assert.ok(retryAfterMs(of, open('failed'), attempts) <= 2_000);
  });
});
