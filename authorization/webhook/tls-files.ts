/** The server's certificate, key and the authority of its clients, from files that may be replaced at any time. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Logger } from '../../runtime/log.ts';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** The authority that signed the clusters' client certificates. */
  readonly clientCaFile: string;
}

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Mounted Secrets are replaced by switching a link, which file watches miss; reading three small files is cheap. */
const POLL_MS = 2_000;

/** Reads the files. Throws when one can't be read or holds no certificate, or the key does not fit. */
export async function readTls({ certFile, keyFile, clientCaFile }: TlsFiles): Promise<TlsMaterial> {
  const [cert, key, ca] = await Promise.all([certFile, keyFile, clientCaFile].map((file) => readFile(file, 'utf8')));
  const material = { cert: cert ?? '', key: key ?? '', ca: ca ?? '' };
  createSecureContext(material);
  // A context takes an authority that is none, and then trusts nobody.
  void new X509Certificate(material.ca);
  return material;
}

/** Told of new material, and of what it replaces. */
export type Renew = (material: TlsMaterial, before: TlsMaterial) => void;

/** Calls `renew` when the files hold new material; half-written files are tried again. Returns how to stop. */
export function watchTls(files: TlsFiles, first: TlsMaterial, log: Logger, renew: Renew): () => void {
  let current = first;
  const check = async (): Promise<void> => {
    try {
      const material = await readTls(files);
      if (JSON.stringify(material) === JSON.stringify(current)) return;
      renew(material, current);
      current = material;
      log.info('certificates reloaded', { certFile: files.certFile });
    } catch (error) {
      log.error('cannot reload certificates', { error: error instanceof Error ? error.message : String(error) });
    }
  };
  const timer = setInterval(() => void check(), POLL_MS);
  return () => clearInterval(timer);
}
