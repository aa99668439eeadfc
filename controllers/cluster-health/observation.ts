/** What one probe saw, for each of the three conditions. Pure: from answers and problems to observations. */

import type { HealthCondition } from '../../api/platform/cluster-status.ts';
import type { ClusterReason } from '../../api/platform/reasons.ts';
import type { ConnectionProblem } from '../../clusters/connections/connection-problem.ts';
import type { CredentialProblem } from '../../clusters/connections/credential.ts';

export interface Observation {
  /** `nothing`: the probe could not tell, because something else stood before it. */
  readonly seen: 'good' | 'bad' | 'nothing';
  readonly reason: ClusterReason;
  readonly message: string;
}

export type Seen = Readonly<Record<HealthCondition, Observation>>;

const REACHED: Observation = { seen: 'good', reason: 'Answers', message: 'the API server answers' };
const ACCEPTED: Observation = { seen: 'good', reason: 'Accepted', message: 'the API server accepts the credential' };
const WELL: Observation = { seen: 'good', reason: 'Ready', message: '/readyz of the API server says ok' };

const nothing = (reason: ClusterReason, message: string): Observation => ({ seen: 'nothing', reason, message });
const STOPPED = nothing('Stopped', 'spec.stopped is true: the cluster is not asked');

/** It is stopped on purpose, so it is not asked. */
export const NOT_ASKED: Seen = { Authorized: STOPPED, Reachable: STOPPED, Healthy: STOPPED };

/** /readyz said ok. */
export const ALL_WELL: Seen = { Reachable: REACHED, Authorized: ACCEPTED, Healthy: WELL };

/** It answers and knows us, but does not tell how well it is. */
export function untold(why: string): Seen {
  return { ...ALL_WELL, Healthy: nothing('HealthNotTold', `it answers, but how well it is can't be known: ${why}`) };
}

/** There is no credential to ask with. */
export function withoutCredential({ reason, message }: CredentialProblem): Seen {
  const blocked = nothing('CredentialUnusable', 'the cluster can not be asked without its credential: see Authorized');
  return { Authorized: { seen: 'bad', reason, message }, Reachable: blocked, Healthy: blocked };
}

/** What a problem says, and what it hides. */
export function withProblem({ about, reason, message }: ConnectionProblem): Seen {
  return { ...HIDES[about], [about]: { seen: 'bad', reason, message } };
}

const HIDDEN = nothing('Unreachable', 'it can not be known while the cluster is not reached: see Reachable');

const HIDES: Readonly<Record<HealthCondition, Seen>> = {
  Reachable: { Reachable: HIDDEN, Healthy: HIDDEN, Authorized: HIDDEN },
  Authorized: {
    ...ALL_WELL,
    Healthy: nothing('NotAuthorized', 'it is not told to who is not authorized: see Authorized'),
  },
  Healthy: { ...ALL_WELL, Authorized: nothing('Unhealthy', 'an unhealthy API server does not tell: see Healthy') },
};
