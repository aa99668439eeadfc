/** What the hub's API server, or a webhook of Cluster API, says to a write, as a step that failed. Pure. */
import { ApiError } from '../../../runtime/errors.ts';
import { failed, type StepResult } from '../provider.ts';

/** Undefined for what only time can mend, and for what is no answer: it is thrown on. */
export function refusalOf(error: unknown, what: string): StepResult | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { status, message } = error;
  if (status === 403 && message.includes('is forbidden: User'))
    return failed(
      'Forbidden',
      `the controller may not do this (${message}): bind its account to a Role that allows it`,
    );
  if ([400, 403, 422].includes(status))
    return failed('RefusedByClusterAPI', `Cluster API refuses ${what}: ${wordsOf(message)}`);
  if (message.includes('failed calling webhook') || message.includes('conversion webhook')) {
    return failed(
      'ClusterAPINotRunning',
      `a webhook of Cluster API does not answer: see that its managers run (${message})`,
    );
  }
  return undefined;
}

/** Without the request and the names of the webhook before it. */
function wordsOf(message: string): string {
  return message.replace(/^[A-Z]+ \/\S+: /, '').replace(/^admission webhook "[^"]+" denied the request: /, '');
}
