/** Starts the webhook's server in the test's process, with an answer that is always 200. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type RunningServer, startServer } from '../../authorization/webhook/server.ts';
import type { IssuedCertificate } from '../../clusters/controlplane/certificates.ts';
import { silent } from './silent-log.ts';

export interface WebhookOptions {
  /** The folder for tls.crt, tls.key and ca.crt. */
  readonly folder: string;
  readonly serving: IssuedCertificate;
  /** The certificate of the CA of the clients, as PEM. */
  readonly clientCa: string;
  readonly maxConnectionAgeMs?: number;
}

/** Writes the files and starts the server on a free port of 127.0.0.1. */
export async function startWebhook({ folder, serving, clientCa, ...age }: WebhookOptions): Promise<RunningServer> {
  const at = (name: string): string => path.join(folder, name);
  const files = { certFile: at('tls.crt'), keyFile: at('tls.key'), clientCaFile: at('ca.crt') };
  await writeFile(files.certFile, serving.cert);
  await writeFile(files.keyFile, serving.key, { mode: 0o600 });
  await writeFile(files.clientCaFile, clientCa);
  return startServer({
    files,
    host: '127.0.0.1',
    port: 0,
    log: silent,
    answer: () => ({ status: 200, body: {} }),
    ...age,
  });
}

/** The port of a running server. */
export function portOf({ address }: RunningServer): number {
  return Number(address.split(':')[1]);
}
