/** Runs a hook as a Job that a ConfigMap of the installation describes. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type ConfigMap, configMaps, type Job, jobs } from '../../api/kubernetes/core.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import { ALL_TENANTS_LABEL, CLUSTER_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import type { Problem } from '../../clusters/providers/goal.ts';
import { done, failed, type StepContext, type StepResult, waiting } from '../../clusters/providers/provider.ts';
import { apiVersionOf } from '../../runtime/client/client.ts';
import { parseYaml } from '../../runtime/client/parse-yaml.ts';
import { isAlreadyExists } from '../../runtime/errors.ts';

/** The key of the ConfigMap that contains the Job. */
const JOB_KEY = 'job.yaml';
const POLL_MS = 5_000;

/** Creates the Job of the hook unless it exists, and reports how it is going. Throws when the hub cannot be reached. */
export async function runHookJob(hook: Hook, configMap: string, context: StepContext): Promise<StepResult> {
  const { client, namespace, cluster } = context;
  const name = jobName(hook, cluster);
  const known = await client.get(jobs, { name, namespace });
  if (known !== undefined)
    return isOf(known, cluster)
      ? judge(hook, name, known)
      : failed(
          'HookJobOfAnother',
          `hook ${hook.name}: Job ${namespace}/${name} was not created for this cluster: delete it`,
        );
  const job = jobIn(await client.get(configMaps, { name: configMap, namespace }), name, context);
  if (!('metadata' in job))
    return failed(job.reason, `hook ${hook.name}: ConfigMap ${namespace}/${configMap} ${job.message}`);
  try {
    await client.create(jobs, job);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
  return waiting('HookRunning', `Job ${namespace}/${name} of the hook ${hook.name} is running`, POLL_MS);
}

/**
 * A name of its own for each time that the hook is due, so that it runs once each time. Job names are at most 63
 * characters long, so a digest keeps names with the same beginning apart.
 */
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

/** The Job that a ConfigMap contains, or why it contains none for this cluster. */
function jobIn(source: ConfigMap | undefined, name: string, context: StepContext): Job | Problem {
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
  return (
    jobOf(text, name, context) ?? {
      reason: 'HookInvalid',
      message: `contains no batch/v1 Job under the key ${JOB_KEY}`,
    }
  );
}

const jobText = z.looseObject({ apiVersion: z.literal('batch/v1'), kind: z.literal('Job'), spec: z.looseObject({}) });

function jobOf(text: string, name: string, { cluster, namespace }: StepContext): Job | undefined {
  const parsed = jobText.safeParse(parseYaml(text));
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
  if (ended === undefined) return waiting('HookRunning', `Job ${name} of the hook ${hook.name} is running`, POLL_MS);
  if (ended.type === 'Complete') return done(`Job ${name} is complete`);
  return failed(
    'HookFailed',
    `Job ${name} of the hook ${hook.name} failed (${ended.reason ?? 'no reason'}: ${ended.message ?? ''}): read kubectl logs job/${name}, then delete the Job to run it again`,
  );
}
