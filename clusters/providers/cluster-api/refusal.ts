/** Turns the refusal of a request by the hub, or by a webhook of Cluster API, into the failure of a step. Pure. */
import { ApiError } from '../../../runtime/errors.ts';
import { failed, type StepResult } from '../provider.ts';

/**
 * Returns the failure; undefined for an error that only a retry can solve, or that is no answer at all: rethrow it.
 * `what` is what Cluster API refused.
 */
export function refusalOf(error: unknown, what: string): StepResult | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { status, message } = error;
  if (status === 403 && message.includes('is forbidden: User'))
    return failed(
      'Forbidden',
      `the controller lacks a permission (${message}): bind its ServiceAccount to a Role that allows it`,
    );
  if ([400, 403, 422].includes(status))
    return failed('RefusedByClusterAPI', `Cluster API refuses ${what}: ${wordsOf(message)}`);
  if (message.includes('failed calling webhook') || message.includes('conversion webhook')) {
    return failed(
      'ClusterAPINotRunning',
      `a webhook of Cluster API does not answer: check that its managers are running (${message})`,
    );
  }
  return undefined;
}

/** The message without its prefix, which names the request and the webhook. */
function wordsOf(message: string): string {
  return message.replace(/^[A-Z]+ \/\S+: /, '').replace(/^admission webhook "[^"]+" denied the request: /, '');
}
