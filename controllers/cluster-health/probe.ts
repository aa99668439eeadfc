/**
 * Probes the API server of one member cluster: GET /readyz. If the path is missing or forbidden, /version, the
 * namespace kube-system and a list of namespaces show whether the API answers at all. Never throws because of the
 * member cluster.
 */
import type { ClusterConnection } from '../../clusters/connections/connection.ts';
import {
  answerProblem,
  type ConnectionProblem,
  networkProblem,
} from '../../clusters/connections/connection-problem.ts';
import type { HttpResponse } from '../../runtime/client/transport.ts';
import { ALL_GOOD, healthUnreadable, type Observations, withProblem } from './observation.ts';
import { withinTime } from './time-limit.ts';

export interface ProbeResult {
  readonly observations: Observations;
  /** Whether it ran out of time. */
  readonly timedOut: boolean;
}

const READYZ = '/readyz';
/** The last path is for simulated API servers, which serve none of the others. */
const FALLBACKS = ['/version', '/api/v1/namespaces/kube-system', '/api/v1/namespaces?limit=1'];

export interface Probe {
  readonly api: Pick<ClusterConnection, 'get'>;
  /** The address, for messages. */
  readonly server: string;
  /** The time limit of all requests together. */
  readonly limitMs: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Aborts when the result is no longer needed. */
  readonly signal: AbortSignal;
}

type Get = (path: string) => Promise<HttpResponse | ConnectionProblem>;

export async function probe({ api, server, limitMs, now, signal }: Probe): Promise<ProbeResult> {
  const end = now() + limitMs;
  const get: Get = async (path) => {
    try {
      // The HTTP client accepts whole milliseconds only.
      const leftMs = Math.max(1, Math.ceil(end - now()));
      return await withinTime(api.get(path, leftMs), leftMs, signal);
    } catch (error) {
      return networkProblem(error, server);
    }
  };
  const first = await get(READYZ);
  if ('about' in first) return failed(first);
  if (first.status === 200) return { observations: ALL_GOOD, timedOut: false };
  if (first.status === 404 || first.status === 403) return probeFallbacks(get, server, first.status);
  return failed(answerProblem(first.status, server, READYZ) ?? unexpected(first.status, server, READYZ));
}

async function probeFallbacks(get: Get, server: string, status: 403 | 404): Promise<ProbeResult> {
  let problem = answerProblem(status, server, READYZ);
  for (const path of FALLBACKS) {
    const answer = await get(path);
    if ('about' in answer) return failed(answer);
    if (answer.status === 200) return { observations: healthUnreadable(WHY_UNREADABLE[status]), timedOut: false };
    const found = answerProblem(answer.status, server, path) ?? unexpected(answer.status, server, path);
    // Only 404 and 403 leave a question: the next path may answer it. "Forbidden" says more than "not found".
    if (answer.status !== 404 && answer.status !== 403) return failed(found);
    problem ??= found.reason === 'Forbidden' ? found : undefined;
  }
  return failed(problem ?? unexpected(404, server, READYZ));
}

const WHY_UNREADABLE = {
  403: 'the credential may not read /readyz; grant it get on that nonResourceURL',
  404: 'the API server has no /readyz',
} as const;

function failed(problem: ConnectionProblem): ProbeResult {
  return { observations: withProblem(problem), timedOut: problem.reason === 'Timeout' };
}

function unexpected(status: number, server: string, path: string): ConnectionProblem {
  return {
    about: 'Healthy',
    reason: 'UnexpectedAnswer',
    message: `${server} answered ${path} with HTTP ${status}, unlike any Kubernetes API server: check the address`,
  };
}
