/** Asks a hook's server whether the hook is complete. */
import { Agent, request } from 'undici';
import * as z from 'zod';
import type { Cluster } from '../../api/platform/cluster.ts';
import type { Hook } from '../../api/platform/cluster-hooks.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import { networkProblem } from '../../clusters/connections/connection-problem.ts';
import { done, failed, type StepContext, type StepResult, waiting } from '../../clusters/providers/provider.ts';
import { parseYaml } from '../../runtime/client/parse-yaml.ts';
import { messageOf } from '../../runtime/errors.ts';

const POLL_MS = 5_000;
const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_ANSWER_BYTES = 64 * 1_024;

type Webhook = NonNullable<Hook['webhook']>;

/** Sends the cluster to the server and reports its answer. Throws only when the process is stopping. */
export async function askWebhook(
  hook: Hook,
  { url, caBundle, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS }: Webhook,
  { cluster, signal }: StepContext,
): Promise<StepResult> {
  const ca = caBundle === undefined ? {} : { ca: Buffer.from(caBundle, 'base64').toString('utf8') };
  const dispatcher = new Agent({
    allowH2: false,
    connect: { ...ca, minVersion: 'TLSv1.2' },
    maxResponseSize: MAX_ANSWER_BYTES,
  });
  try {
    const response = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ hook: hook.name, moment: hook.moment, cluster: payloadOf(cluster) }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]),
    });
    return answerOf(`hook ${hook.name}`, url, response.statusCode, await response.body.text());
  } catch (error) {
    if (signal.aborted) throw error;
    return failed('HookUnreachable', `hook ${hook.name}: the request to ${url} failed: ${adviceOn(error, url)}`);
  } finally {
    await dispatcher.destroy();
  }
}

/**
 * What to do about certificates. The advice of Node.js itself is about its own command line, which users do not have.
 */
const TLS_ADVICE: Partial<Record<ClusterReason, string>> = {
  CertificateUntrusted:
    'its certificate is signed by an unknown CA: set hooks[].webhook.caBundle to that CA (PEM in base64)',
  CertificateForAnotherName: 'its certificate is for other host names: use one of them in hooks[].webhook.url',
  CertificateExpired: 'its certificate, or its CA, has expired: renew it',
};

function adviceOn(error: unknown, url: string): string {
  return TLS_ADVICE[networkProblem(error, url).reason] ?? messageOf(error);
}

function answerOf(hook: string, url: string, code: number, text: string): StepResult {
  if (code !== 200) return failed('HookFailed', `${hook}: ${url} answered with HTTP ${code}, but only 200 counts`);
  const answer = webhookAnswer.safeParse(parseYaml(text));
  if (!answer.success) {
    return failed(
      'HookFailed',
      `${hook}: ${url} answered neither {"complete": true} nor {"complete": false, "message": …}`,
    );
  }
  const { complete, message = '' } = answer.data;
  return complete
    ? done(`${hook} is complete`)
    : waiting('HookRunning', `${hook} is not complete yet: ${message}`, POLL_MS);
}

const webhookAnswer = z.looseObject({ complete: z.boolean(), message: z.string().optional() });

/** The cluster without its machines, which may contain passwords. */
function payloadOf({ metadata, spec, status }: Cluster): object {
  const { machines: _, scalingMachines: __, ...rest } = spec;
  return { metadata: { name: metadata.name, uid: metadata.uid, generation: metadata.generation }, spec: rest, status };
}
