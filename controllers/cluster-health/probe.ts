/**
 * One probe of one member: GET /readyz; where there is none, or it may not be read, /version, the namespace kube-system
 * and namespaces at all tell whether the API answers at all. Never throws for what the member does.
 */
import type { ClusterConnection } from '../../clusters/connections/connection.ts';
import {
  answerProblem,
  type ConnectionProblem,
  networkProblem,
} from '../../clusters/connections/connection-problem.ts';
import type { HttpResponse } from '../../runtime/client/transport.ts';
import { ALL_WELL, type Seen, untold, withProblem } from './observation.ts';
import { withinTime } from './time-limit.ts';

export interface Probed {
  readonly seen: Seen;
  /** Whether it ran out of time. */
  readonly timedOut: boolean;
}

export type Asked = Pick<ClusterConnection, 'get'>;

const READYZ = '/readyz';
/** The last one is for simulated API servers, which have none of the others. */
const OTHERS = ['/version', '/api/v1/namespaces/kube-system', '/api/v1/namespaces?limit=1'];
const TIMEOUT = 'Timeout';

export interface Probe {
  readonly member: Asked;
  /** For messages. */
  readonly server: string;
  /** For all requests together. */
  readonly limitMs: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Aborts when nobody wants to know any more. */
  readonly signal: AbortSignal;
}

/** Asks a member how it is. */
export async function probe({ member, server, limitMs, now, signal }: Probe): Promise<Probed> {
  const end = now() + limitMs;
  const ask = async (path: string): Promise<HttpResponse | ConnectionProblem> => {
    try {
      // A time limit is a whole number of milliseconds.
      const leftMs = Math.max(1, Math.ceil(end - now()));
      return await withinTime(member.get(path, leftMs), leftMs, signal);
    } catch (error) {
      return networkProblem(error, server);
    }
  };
  const first = await ask(READYZ);
  if ('about' in first) return failed(first);
  if (first.status === 200) return { seen: ALL_WELL, timedOut: false };
  if (first.status === 404 || first.status === 403) return otherwise(ask, server, first.status);
  return failed(answerProblem(first.status, server, READYZ) ?? unexpected(first.status, server, READYZ));
}

async function otherwise(
  ask: (path: string) => Promise<HttpResponse | ConnectionProblem>,
  server: string,
  status: 403 | 404,
): Promise<Probed> {
  let problem = answerProblem(status, server, READYZ);
  for (const path of OTHERS) {
    const answer = await ask(path);
    if ('about' in answer) return failed(answer);
    if (answer.status === 200) return { seen: untold(WHY[status]), timedOut: false };
    const found = answerProblem(answer.status, server, path) ?? unexpected(answer.status, server, path);
    // To be forbidden one thing says more than to lack the other; anything else is the answer.
    if (answer.status !== 404 && answer.status !== 403) return failed(found);
    problem ??= found.reason === 'Forbidden' ? found : undefined;
  }
  return failed(problem ?? unexpected(404, server, READYZ));
}

const WHY = {
  403: 'its credential may not read /readyz; grant it that (nonResourceURLs)',
  404: 'its API server has no /readyz',
} as const;

function failed(problem: ConnectionProblem): Probed {
  return { seen: withProblem(problem), timedOut: problem.reason === TIMEOUT };
}

function unexpected(status: number, server: string, path: string): ConnectionProblem {
  return {
    about: 'Healthy',
    reason: 'UnexpectedAnswer',
    message: `${server} answered ${path} with HTTP ${status}, which no Kubernetes API server does: check the address`,
  };
}
