/** What a member cluster says of itself. */
import * as z from 'zod';
import type { HttpResponse } from '../../runtime/client/transport.ts';
import type { ClusterConnection } from './connection.ts';
import { answerProblem, type ConnectionProblem, networkProblem } from './connection-problem.ts';

export interface Identity {
  /** `v1.36.3`; undefined where the server does not tell, as simulated ones do not. */
  readonly version: string | undefined;
  /** The uid of its namespace kube-system, which no two clusters share; undefined when the credential may not read it. */
  readonly clusterID: string | undefined;
}

const version = z.looseObject({ gitVersion: z.string().max(63) });
const object = z.looseObject({ metadata: z.looseObject({ uid: z.string().max(63) }) });
/** How Kubernetes itself refuses. */
const status = z.looseObject({ kind: z.literal('Status') });
/** Namespaces, which every Kubernetes API serves, also a simulated one that answers nothing else as the real one does. */
const list = z.looseObject({ kind: z.literal('NamespaceList'), items: z.array(z.unknown()) });
const NAMESPACES = '/api/v1/namespaces';
const KUBE_SYSTEM = `${NAMESPACES}/kube-system`;

/** Asks a member who it is. `server` is for messages. */
export async function identify(
  member: Pick<ClusterConnection, 'get'>,
  server: string,
  timeoutMs?: number,
): Promise<Identity | ConnectionProblem> {
  try {
    const answered = await member.get('/version', timeoutMs);
    const problem = problemOf(answered.status, server, '/version');
    if (problem !== undefined) return problem;
    const named = await member.get(KUBE_SYSTEM, timeoutMs);
    const second = problemOf(named.status, server, KUBE_SYSTEM);
    if (second !== undefined) return second;
    const identity = identityIn(answered, named);
    return (
      identity ??
      ((await servesNamespaces(member, timeoutMs))
        ? { version: undefined, clusterID: undefined }
        : notKubernetes(server))
    );
  } catch (error) {
    return networkProblem(error, server);
  }
}

/** A credential may be so narrow that it can't even read the version, which RBAC grants to everyone. */
function problemOf(code: number, server: string, path: string): ConnectionProblem | undefined {
  const problem = answerProblem(code, server, path);
  return problem?.reason === 'Forbidden' ? undefined : problem;
}

/** Undefined for answers that need not be of a Kubernetes API server. */
function identityIn(answered: HttpResponse, named: HttpResponse): Identity | undefined {
  const [first, second] = [jsonOf(answered.body), jsonOf(named.body)];
  const identity = {
    version: answered.status === 200 ? version.safeParse(first).data?.gitVersion : undefined,
    clusterID: named.status === 200 ? object.safeParse(second).data?.metadata.uid : undefined,
  };
  const isKubernetes =
    identity.version !== undefined ||
    identity.clusterID !== undefined ||
    [first, second].some((body) => status.safeParse(body).success);
  return isKubernetes ? identity : undefined;
}

async function servesNamespaces(member: Pick<ClusterConnection, 'get'>, timeoutMs?: number): Promise<boolean> {
  const answered = await member.get(`${NAMESPACES}?limit=1`, timeoutMs);
  return answered.status === 200 && list.safeParse(jsonOf(answered.body)).success;
}

function notKubernetes(server: string): ConnectionProblem {
  return {
    about: 'Healthy',
    reason: 'NotKubernetes',
    message: `${server} answers, but not as a Kubernetes API server does: check the address`,
  };
}

export function isConnectionProblem(value: Identity | ConnectionProblem): value is ConnectionProblem {
  return 'about' in value;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
