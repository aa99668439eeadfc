/** Keeps certificates valid, mostly in files: it issues them when they are needed, and again before they expire. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Authority, CertificateRequest, IssuedCertificate } from './certificates.ts';

/** A certificate is issued again when it is valid for less than this. */
const RENEW_MS = 30 * 24 * 3_600_000;

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** Of the certificate. When it changes, the process that uses the certificate must restart. */
  readonly fingerprint: string;
}

/** Returns the files of a certificate, and issues it unless they contain one that fits the request. */
export async function ensureCertificate(
  directory: string,
  name: string,
  authority: Authority,
  request: CertificateRequest,
): Promise<CertificateFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [cert, key] = [path.join(directory, `${name}.crt`), path.join(directory, `${name}.key`)];
  const known = await readFile(cert, 'utf8').catch(() => undefined);
  const knownKey = await readFile(key, 'utf8').catch(() => undefined);
  const issued = await certificateFor(
    known === undefined || knownKey === undefined ? undefined : { cert: known, key: knownKey },
    authority,
    request,
  );
  // The key first, so that a certificate never lacks its key.
  if (issued.cert !== known) {
    await writeWhole(key, issued.key);
    await writeWhole(cert, issued.cert);
  }
  return { cert, key, fingerprint: new X509Certificate(issued.cert).fingerprint256 };
}

/** Returns the known certificate while it is valid for the request, or issues a new one. */
export async function certificateFor(
  known: IssuedCertificate | undefined,
  authority: Authority,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  return known !== undefined && isValid(known, authority, request) ? known : authority.issue(request);
}

function isValid({ cert, key }: IssuedCertificate, authority: Authority, request: CertificateRequest): boolean {
  try {
    const certificate = new X509Certificate(cert);
    const by = new X509Certificate(authority.cert);
    const isOurs =
      certificate.checkIssued(by) &&
      certificate.verify(by.publicKey) &&
      certificate.checkPrivateKey(createPrivateKey(key));
    return isOurs && fits(certificate, request) && Date.parse(certificate.validTo) - Date.now() > RENEW_MS;
  } catch {
    return false;
  }
}

const USAGES = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;

/** Whether it has the subject, usages and addresses of the request. */
function fits(
  certificate: X509Certificate,
  { commonName, organizations = [], usages, dnsNames = [], ipAddresses = [] }: CertificateRequest,
): boolean {
  const names = [
    ...dnsNames.map((name) => certificate.checkHost(name)),
    ...ipAddresses.map((address) => certificate.checkIP(address)),
  ];
  const subject = [...organizations.map((name) => `O=${name}`), `CN=${commonName}`].sort();
  const purposes = usages.map((usage) => USAGES[usage]).sort();
  return (
    names.every((found) => found !== undefined) &&
    isDeepStrictEqual(certificate.subject.split('\n').sort(), subject) &&
    isDeepStrictEqual([...certificate.keyUsage].sort(), purposes)
  );
}

/**
 * Writes a file for its owner only. Readers see the old or the new content as a whole, even if this process is killed.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const part = `${file}.part`;
  await writeFile(part, text, { mode: 0o600 });
  await rename(part, file);
}
