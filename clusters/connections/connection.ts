/** A connection to the API server of a member cluster. */
import { type HttpResponse, Transport } from '../../runtime/client/transport.ts';
import type { Credential } from './credential.ts';

export interface ClusterConnection {
  /** Sends a GET for a path such as `/version`. Throws only errors of the network; any HTTP status is an answer. */
  get(path: string, timeoutMs?: number): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** How long a member cluster may take to answer, unless the caller says otherwise. */
const ANSWER_MS = 10_000;
/** More than one page of a list needs. A member cluster is not trusted to stop by itself. */
const MAX_ANSWER_BYTES = 16 * 2 ** 20;

/** Creates a connection. It connects with the first request. The caller closes it. */
export function openConnection(credential: Credential, userAgent: string): ClusterConnection {
  const { server, ca, cert, key, servername } = credential;
  const credentials = {
    server,
    tls: { ca, cert, key, servername, rejectUnauthorized: true },
    headers: headersOf(credential),
  };
  const transport = new Transport(() => Promise.resolve(credentials), userAgent, {
    maxResponseBytes: MAX_ANSWER_BYTES,
  });
  return {
    get: (path, timeoutMs = ANSWER_MS) => transport.send({ method: 'GET', path, timeoutMs }),
    close: () => transport.close(),
  };
}

/** Runs `work` with a connection, and closes the connection afterwards. */
export async function withConnection<T>(
  credential: Credential,
  userAgent: string,
  work: (connection: ClusterConnection) => Promise<T>,
): Promise<T> {
  const connection = openConnection(credential, userAgent);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

function headersOf({ token, impersonate }: Credential): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(impersonate === undefined ? {} : { 'impersonate-user': impersonate }),
  };
}
