/** A connection to a member cluster: its API by path, and objects as a client. */
import { type Client, clientOver } from '../../runtime/client/client.ts';
import { type HttpResponse, Transport } from '../../runtime/client/transport.ts';
import type { Credential } from './credential.ts';

export interface ClusterConnection {
  /** GET of a path, as `/version`; errors are of the network. */
  get(path: string, timeoutMs?: number): Promise<HttpResponse>;
  readonly client: Client;
  close(): Promise<void>;
}

/** More than a page of a list needs. A member may belong to anybody. */
const MAX_ANSWER = 16 * 2 ** 20;

/** Opens nothing yet: connections are made when something is asked. */
export function openConnection(credential: Credential, userAgent: string): ClusterConnection {
  const { server, ca, cert, key, servername } = credential;
  const credentials = {
    server,
    tls: { ca, cert, key, servername, rejectUnauthorized: true },
    headers: headersOf(credential),
  };
  const transport = new Transport(() => Promise.resolve(credentials), userAgent, { maxResponseBytes: MAX_ANSWER });
  return {
    get: (path, timeoutMs) => transport.send({ method: 'GET', path, timeoutMs }),
    client: clientOver(transport, { fieldManager: userAgent }),
    close: () => transport.close(),
  };
}

function headersOf({ token, impersonate }: Credential): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(impersonate === undefined ? {} : { 'impersonate-user': impersonate }),
  };
}
