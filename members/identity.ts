/** What a member cluster says of itself. */
import * as z from 'zod';
import type { Member } from './member.ts';
import { type MemberProblem, answerProblem, networkProblem } from './problem.ts';

export interface Identity {
  /** `v1.36.3`; undefined where the server does not tell, as simulated ones do not. */
  readonly version: string | undefined;
  /** The uid of its namespace kube-system, which no two clusters share; undefined when the credential may not read it. */
  readonly clusterID: string | undefined;
}

const version = z.looseObject({ gitVersion: z.string() });
const object = z.looseObject({ metadata: z.looseObject({ uid: z.string() }) });
const KUBE_SYSTEM = '/api/v1/namespaces/kube-system';

/** Asks a member who it is. `server` is for messages. */
export async function identify(member: Pick<Member, 'get'>, server: string, timeoutMs?: number): Promise<Identity | MemberProblem> {
  try {
    const answered = await member.get('/version', timeoutMs);
    const problem = answerProblem(answered.status, server, '/version');
    // A credential may be so narrow that it can't even read the version, which RBAC grants to everyone.
    if (problem !== undefined && problem.reason !== 'Forbidden') return problem;
    const named = await member.get(KUBE_SYSTEM, timeoutMs);
    const refused = answerProblem(named.status, server, KUBE_SYSTEM);
    if (refused !== undefined && refused.reason !== 'Forbidden') return refused;
    return {
      version: answered.status === 200 ? version.safeParse(jsonOf(answered.body)).data?.gitVersion : undefined,
      clusterID: named.status === 200 ? object.safeParse(jsonOf(named.body)).data?.metadata.uid : undefined,
    };
  } catch (error) {
    return networkProblem(error, server);
  }
}

export function isMemberProblem(value: Identity | MemberProblem): value is MemberProblem {
  return 'about' in value;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
