/** What one probe tells about each of the three health conditions. Pure. */
import type { HealthCondition } from '../../api/platform/cluster-status.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import type { ConnectionProblem } from '../../clusters/connections/connection-problem.ts';
import type { CredentialProblem } from '../../clusters/connections/credential.ts';

export interface Observation {
  /** `unknown`: another problem kept the probe from finding out. */
  readonly outcome: 'good' | 'bad' | 'unknown';
  readonly reason: ClusterReason;
  readonly message: string;
}

export type Observations = Readonly<Record<HealthCondition, Observation>>;

const ANSWERS: Observation = { outcome: 'good', reason: 'Answers', message: 'the API server answers' };
const ACCEPTED: Observation = {
  outcome: 'good',
  reason: 'Accepted',
  message: 'the API server accepts the credential',
};
const READY: Observation = { outcome: 'good', reason: 'Ready', message: '/readyz of the API server says ok' };

const unknown = (reason: ClusterReason, message: string): Observation => ({ outcome: 'unknown', reason, message });
const STOPPED = unknown('Stopped', 'spec.stopped is true, so the cluster is not probed');

/** The cluster is stopped on purpose, so it is not probed. */
export const NOT_PROBED: Observations = { Authorized: STOPPED, Reachable: STOPPED, Healthy: STOPPED };

/** /readyz said ok. */
export const ALL_GOOD: Observations = { Reachable: ANSWERS, Authorized: ACCEPTED, Healthy: READY };

/** The API server answers and accepts the credential, but its health cannot be read. */
export function healthUnreadable(why: string): Observations {
  return {
    ...ALL_GOOD,
    Healthy: unknown('HealthNotTold', `the API server answers, but its health cannot be read: ${why}`),
  };
}

/** There is no usable credential. */
export function withoutCredential({ reason, message }: CredentialProblem): Observations {
  const blocked = unknown('CredentialUnusable', 'the cluster cannot be probed without a credential: see Authorized');
  return { Authorized: { outcome: 'bad', reason, message }, Reachable: blocked, Healthy: blocked };
}

/** The problem, and the conditions that it makes unknown. */
export function withProblem({ about, reason, message }: ConnectionProblem): Observations {
  return { ...HIDDEN_BY[about], [about]: { outcome: 'bad', reason, message } };
}

const UNREACHABLE = unknown('Unreachable', 'unknown while the cluster is unreachable: see Reachable');

const HIDDEN_BY: Readonly<Record<HealthCondition, Observations>> = {
  Reachable: { Reachable: UNREACHABLE, Healthy: UNREACHABLE, Authorized: UNREACHABLE },
  Authorized: {
    ...ALL_GOOD,
    Healthy: unknown('NotAuthorized', 'unknown while the credential is not accepted: see Authorized'),
  },
  Healthy: { ...ALL_GOOD, Authorized: unknown('Unhealthy', 'unknown while the API server is unhealthy: see Healthy') },
};
