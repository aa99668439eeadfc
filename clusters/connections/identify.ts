/** Asks a member cluster for its version and its identity. */
import * as z from 'zod';
import type { HttpResponse } from '../../runtime/client/transport.ts';
import type { ClusterConnection } from './connection.ts';
import { answerProblem, type ConnectionProblem, networkProblem } from './connection-problem.ts';

export interface Identity {
  /** `v1.36.3`; undefined where the server does not serve it, as simulated API servers do not. */
  readonly version: string | undefined;
  /**
   * The uid of its namespace kube-system, which is unique to the cluster; undefined when the credential may not read
   * it.
   */
  readonly clusterID: string | undefined;
}

const version = z.looseObject({ gitVersion: z.string().max(63) });
const object = z.looseObject({ metadata: z.looseObject({ uid: z.string().max(63) }) });
/** The body of a refusal by Kubernetes itself. */
const status = z.looseObject({ kind: z.literal('Status') });
/** Every Kubernetes API server serves namespaces, even a simulated one that serves neither of the other paths. */
const list = z.looseObject({ kind: z.literal('NamespaceList'), items: z.array(z.unknown()) });
const NAMESPACES = '/api/v1/namespaces';
const KUBE_SYSTEM = `${NAMESPACES}/kube-system`;

/**
 * Returns what the cluster says about itself, or why it did not answer. `server` is its address, for messages. Never
 * throws.
 */
export async function identify(
  connection: Pick<ClusterConnection, 'get'>,
  server: string,
): Promise<Identity | ConnectionProblem> {
  try {
    const answered = await connection.get('/version');
    const problem = problemOf(answered.status, server, '/version');
    if (problem !== undefined) return problem;
    const named = await connection.get(KUBE_SYSTEM);
    const second = problemOf(named.status, server, KUBE_SYSTEM);
    if (second !== undefined) return second;
    const identity = identityIn(answered, named);
    return (
      identity ??
      ((await servesNamespaces(connection)) ? { version: undefined, clusterID: undefined } : notKubernetes(server))
    );
  } catch (error) {
    return networkProblem(error, server);
  }
}

/** 403 is no problem: some credentials may not even read the version, though RBAC grants it to everyone by default. */
function problemOf(code: number, server: string, path: string): ConnectionProblem | undefined {
  const problem = answerProblem(code, server, path);
  return problem?.reason === 'Forbidden' ? undefined : problem;
}

/** Undefined when nothing in the answers proves that a Kubernetes API server sent them. */
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

async function servesNamespaces(connection: Pick<ClusterConnection, 'get'>): Promise<boolean> {
  const answered = await connection.get(`${NAMESPACES}?limit=1`);
  return answered.status === 200 && list.safeParse(jsonOf(answered.body)).success;
}

function notKubernetes(server: string): ConnectionProblem {
  return {
    about: 'Healthy',
    reason: 'NotKubernetes',
    message: `${server} answers, but it is not a Kubernetes API server: check the address`,
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
