/** Reads the serving certificate, its key and the clients' certificate authority, and watches the files for changes. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import type { Logger } from '../../runtime/log.ts';

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** The certificate authority of the clusters' client certificates. */
  readonly clientCaFile: string;
}

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/**
 * A kubelet updates a mounted Secret by switching a symbolic link, which file watches miss. Reading three small files
 * is cheap.
 */
const POLL_MS = 2_000;

/** Reads the files. Throws when one cannot be read, holds no certificate, or the key does not match. */
export async function readTls({ certFile, keyFile, clientCaFile }: TlsFiles): Promise<TlsMaterial> {
  const [cert, key, ca] = await Promise.all([certFile, keyFile, clientCaFile].map((file) => readFile(file, 'utf8')));
  const material = { cert: cert ?? '', key: key ?? '', ca: ca ?? '' };
  createSecureContext(material);
  // A secure context accepts any text as an authority, and then trusts no client.
  void new X509Certificate(material.ca);
  return material;
}

/** Called with the new material and the material it replaces. */
export type Renew = (material: TlsMaterial, before: TlsMaterial) => void;

/**
 * Calls `renew` when the files hold new material; retries half-written files. Returns a function that stops the watch.
 */
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
      log.error('failed to reload certificates', { error: error instanceof Error ? error.message : String(error) });
    }
  };
  const timer = setInterval(() => void check(), POLL_MS);
  return () => clearInterval(timer);
}
