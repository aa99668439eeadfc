/** Hooks as steps: a Job that has to complete, or a server that has to say that it is complete. */
import { JSON_SCHEMA, load } from 'js-yaml';
import { Agent, request } from 'undici';
import * as z from 'zod';
import { type Job, configMaps, jobs } from '../../api/core.ts';
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import { CLUSTER_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import { clusters, type Cluster } from '../../api/platform/cluster.ts';
import { type Step, type StepContext, type StepResult, done, failed, waiting } from '../../providers/provider.ts';
import { isAlreadyExists, messageOf } from '../../runtime/errors.ts';
import { apiVersionOf } from '../../runtime/client.ts';
import { hookCondition } from './plan.ts';

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
  // One Job for each time that the hook is due: names of Jobs are short.
  const name = `${cluster.metadata.name.slice(0, 24)}-${hook.name.slice(0, 24)}-${cluster.metadata.generation ?? 0}`;
  const known = await client.get(jobs, { name, namespace });
  if (known !== undefined) return judge(hook, name, known);
  const source = await client.get(configMaps, { name: configMap, namespace });
  const text = source?.data?.[JOB_KEY];
  const where = `hook ${hook.name}: ConfigMap ${namespace}/${configMap}`;
  if (source === undefined || text === undefined) return failed('HookNotFound', `${where} does not exist or has no key ${JOB_KEY}`);
  const tenant = source.metadata.labels?.[TENANT_LABEL];
  if (tenant !== '*' && tenant !== cluster.spec.tenantID) {
    return failed('HookOfAnotherTenant', `${where} does not have the label ${TENANT_LABEL}=${cluster.spec.tenantID}, or * for all tenants`);
  }
  const job = jobOf(text, name, context);
  if (job === undefined) return failed('HookInvalid', `${where}: ${JOB_KEY} is not a Job of batch/v1`);
  try {
    await client.create(jobs, job);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  return waiting('HookRunning', `Job ${namespace}/${name} of the hook ${hook.name} runs`, ASK_AGAIN_MS);
}

const jobText = z.looseObject({ apiVersion: z.literal('batch/v1'), kind: z.literal('Job'), spec: z.looseObject({}) });

function jobOf(text: string, name: string, { cluster, namespace }: StepContext): Job | undefined {
  const parsed = jobText.safeParse(yamlOf(text));
  if (!parsed.success) return undefined;
  const { apiVersion, kind, spec } = parsed.data;
  const owner = { apiVersion: apiVersionOf(clusters), kind: clusters.kind, name: cluster.metadata.name, uid: cluster.metadata.uid ?? '' };
  return { apiVersion, kind, metadata: { name, namespace, labels: { [CLUSTER_LABEL]: cluster.metadata.name }, ownerReferences: [owner] }, spec };
}

function yamlOf(text: string): unknown {
  try {
    return load(text, { schema: JSON_SCHEMA });
  } catch {
    return undefined;
  }
}

function judge(hook: Hook, name: string, { status }: Job): StepResult {
  const ended = status?.conditions?.find(({ type, status: holds }) => (type === 'Complete' || type === 'Failed') && holds === 'True');
  if (ended === undefined) return waiting('HookRunning', `Job ${name} of the hook ${hook.name} runs`, ASK_AGAIN_MS);
  if (ended.type === 'Complete') return done(`Job ${name} is complete`);
  return failed('HookFailed', `Job ${name} of the hook ${hook.name} failed (${ended.reason ?? 'no reason'}: ${ended.message ?? ''}); look at it with kubectl logs job/${name}, and delete it to have it run again`);
}

async function askWebhook(hook: Hook, { cluster, signal }: StepContext): Promise<StepResult> {
  const { url, caBundle, timeoutSeconds = DEFAULT_TIMEOUT_S } = hook.webhook ?? { url: '' };
  const ca = caBundle === undefined ? undefined : Buffer.from(caBundle, 'base64').toString('utf8');
  const dispatcher = new Agent({ connect: { ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' }, maxResponseSize: MAX_ANSWER });
  try {
    const response = await request(url, {
      dispatcher, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ hook: hook.name, moment: hook.moment, cluster: shown(cluster) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]),
    });
    const text = await response.body.text();
    if (response.statusCode !== 200) return failed('HookFailed', `hook ${hook.name}: ${url} answered with HTTP ${response.statusCode}`);
    const answer = webhookAnswer.safeParse(yamlOf(text));
    if (!answer.success) return failed('HookFailed', `hook ${hook.name}: ${url} did not answer with {"complete": true} or {"complete": false, "message": …}`);
    const { complete, message = '' } = answer.data;
    return complete ? done(`hook ${hook.name} is complete`) : waiting('HookRunning', `hook ${hook.name} is not complete yet: ${message}`, ASK_AGAIN_MS);
  } catch (error) {
    return failed('HookUnreachable', `hook ${hook.name}: ${url} can't be asked: ${messageOf(error)}`);
  } finally {
    await dispatcher.destroy();
  }
}

const webhookAnswer = z.looseObject({ complete: z.boolean(), message: z.string().optional() });

/** Without the machines, which may hold passwords. */
function shown({ metadata, spec, status }: Cluster): object {
  const { machines: _, scalingMachines: __, ...rest } = spec;
  return { metadata: { name: metadata.name, uid: metadata.uid, generation: metadata.generation }, spec: rest, status };
}
