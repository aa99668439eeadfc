/** Hooks as steps: a Job that has to complete, or a server that has to say that it is complete. */

import { createHash } from 'node:crypto';
import { Agent, request } from 'undici';
import * as z from 'zod';
import { type ConfigMap, configMaps, type Job, jobs } from '../../api/kubernetes/core.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import { ALL_TENANTS_LABEL, CLUSTER_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import {
  done,
  failed,
  type Step,
  type StepContext,
  type StepResult,
  waiting,
} from '../../clusters/providers/provider.ts';
import { apiVersionOf } from '../../runtime/client/client.ts';
import { yamlOf } from '../../runtime/client/parse-yaml.ts';
import { isAlreadyExists, messageOf } from '../../runtime/errors.ts';
import { hookCondition } from './action.ts';

const JOB_KEY = 'job.yaml';
const ASK_AGAIN_MS = 5_000;
const DEFAULT_TIMEOUT_S = 10;
const MAX_ANSWER = 64 * 1_024;

/** The step that a hook is. */
export function hookStep(hook: Hook): Step {
  return {
    condition: hookCondition(hook),
    doing: `running the hook ${hook.name} (${hook.moment})`,
    run: (context) => (hook.job === undefined ? askWebhook(hook, context) : runJob(hook, hook.job.configMap, context)),
  };
}

async function runJob(hook: Hook, configMap: string, context: StepContext): Promise<StepResult> {
  const { client, namespace, cluster } = context;
  const name = jobName(hook, cluster);
  const known = await client.get(jobs, { name, namespace });
  if (known !== undefined)
    return isOf(known, cluster)
      ? judge(hook, name, known)
      : failed(
          'HookJobOfAnother',
          `hook ${hook.name}: Job ${namespace}/${name} was not made for this cluster: remove it`,
        );
  const job = jobIn(await client.get(configMaps, { name: configMap, namespace }), name, context);
  if (!('metadata' in job))
    return failed(job.reason, `hook ${hook.name}: ConfigMap ${namespace}/${configMap} ${job.message}`);
  try {
    await client.create(jobs, job);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  return waiting('HookRunning', `Job ${namespace}/${name} of the hook ${hook.name} runs`, ASK_AGAIN_MS);
}

/** One Job for each time that the hook is due. Names of Jobs are short, so what tells them apart is a digest. */
function jobName(hook: Hook, { metadata }: Cluster): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([metadata.uid, hook.moment, hook.name, metadata.generation]))
    .digest('hex')
    .slice(0, 10);
  return `${metadata.name.slice(0, 24)}-${hook.name.slice(0, 24)}-${digest}`;
}

function isOf({ metadata }: Job, cluster: Cluster): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }) => uid === cluster.metadata.uid);
}

/** The Job that a ConfigMap holds, or what is wrong with it. */
function jobIn(
  source: ConfigMap | undefined,
  name: string,
  context: StepContext,
): Job | { readonly reason: ClusterReason; readonly message: string } {
  const text = source?.data?.[JOB_KEY];
  if (text === undefined) return { reason: 'HookNotFound', message: `does not exist or has no key ${JOB_KEY}` };
  const { tenantID } = context.cluster.spec;
  const labels = source?.metadata.labels ?? {};
  if (labels[TENANT_LABEL] !== tenantID && labels[ALL_TENANTS_LABEL] !== 'true') {
    return {
      reason: 'HookOfAnotherTenant',
      message: `has neither the label ${TENANT_LABEL}=${tenantID} nor ${ALL_TENANTS_LABEL}=true`,
    };
  }
  return jobOf(text, name, context) ?? { reason: 'HookInvalid', message: `holds no Job of batch/v1 under ${JOB_KEY}` };
}

const jobText = z.looseObject({ apiVersion: z.literal('batch/v1'), kind: z.literal('Job'), spec: z.looseObject({}) });

function jobOf(text: string, name: string, { cluster, namespace }: StepContext): Job | undefined {
  const parsed = jobText.safeParse(yamlOf(text));
  if (!parsed.success) return undefined;
  const { apiVersion, kind, spec } = parsed.data;
  const owner = {
    apiVersion: apiVersionOf(clusters),
    kind: clusters.kind,
    name: cluster.metadata.name,
    uid: cluster.metadata.uid ?? '',
  };
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, labels: { [CLUSTER_LABEL]: cluster.metadata.name }, ownerReferences: [owner] },
    spec,
  };
}

function judge(hook: Hook, name: string, { status }: Job): StepResult {
  const ended = status?.conditions?.find(
    ({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True',
  );
  if (ended === undefined) return waiting('HookRunning', `Job ${name} of the hook ${hook.name} runs`, ASK_AGAIN_MS);
  if (ended.type === 'Complete') return done(`Job ${name} is complete`);
  return failed(
    'HookFailed',
    `Job ${name} of the hook ${hook.name} failed (${ended.reason ?? 'no reason'}: ${ended.message ?? ''}); look at it with kubectl logs job/${name}, and delete it to have it run again`,
  );
}

async function askWebhook(hook: Hook, { cluster, signal }: StepContext): Promise<StepResult> {
  const { url, caBundle, timeoutSeconds = DEFAULT_TIMEOUT_S } = hook.webhook ?? { url: '' };
  const ca = caBundle === undefined ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') };
  const dispatcher = new Agent({
    allowH2: false,
    connect: { ...ca, minVersion: 'TLSv1.2' },
    maxResponseSize: MAX_ANSWER,
  });
  const body = JSON.stringify({ hook: hook.name, moment: hook.moment, cluster: shown(cluster) });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]);
  try {
    const response = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: limit,
    });
    return answerOf(`hook ${hook.name}`, url, response.statusCode, await response.body.text());
  } catch (error) {
    if (signal.aborted) throw error;
    return failed('HookUnreachable', `hook ${hook.name}: ${url} can't be asked: ${messageOf(error)}`);
  } finally {
    await dispatcher.destroy();
  }
}

function answerOf(hook: string, url: string, code: number, text: string): StepResult {
  if (code !== 200) return failed('HookFailed', `${hook}: ${url} answered with HTTP ${code}`);
  const answer = webhookAnswer.safeParse(yamlOf(text));
  if (!answer.success)
    return failed(
      'HookFailed',
      `${hook}: ${url} did not answer with {"complete": true} or {"complete": false, "message": …}`,
    );
  const { complete, message = '' } = answer.data;
  return complete
    ? done(`${hook} is complete`)
    : waiting('HookRunning', `${hook} is not complete yet: ${message}`, ASK_AGAIN_MS);
}

const webhookAnswer = z.looseObject({ complete: z.boolean(), message: z.string().optional() });

/** Without the machines, which may hold passwords. */
function shown({ metadata, spec, status }: Cluster): object {
  const { machines: _, scalingMachines: __, ...rest } = spec;
  return { metadata: { name: metadata.name, uid: metadata.uid, generation: metadata.generation }, spec: rest, status };
}
