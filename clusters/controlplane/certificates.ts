/** Creates certificate authorities, and issues certificates for control planes and the webhook. */
import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  type PublicKey,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

// The library's types require the Crypto of browsers; that of Node is compatible.
cryptoProvider.set(webcrypto as unknown as Parameters<typeof cryptoProvider.set>[0]);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** The algorithm of authorities with an RSA key, such as kubeadm's. */
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
type Algorithm = typeof ALGORITHM | typeof RSA;
const DAY_MS = 24 * 3_600_000;
const DAY_S = 24 * 3_600;
const MIN_RSA_BITS = 2_048;

export interface CertificateRequest {
  readonly commonName: string;
  /** Kubernetes reads them as the groups of a client. */
  readonly organizations?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  /** For how many days it is valid; 365 by default. */
  readonly days?: number;
}

/** PEM texts. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends IssuedCertificate {
  issue(request: CertificateRequest): Promise<IssuedCertificate>;
  /**
   * Issues a client certificate (PEM) for the key in a request (PKCS #10, PEM). Everything else in the request is
   * ignored. Throws RequestError.
   */
  certify(request: string, client: ClientSubject): Promise<string>;
}

export interface ClientSubject {
  readonly commonName: string;
  readonly organizations: readonly string[];
  /** For how many seconds the certificate is valid. */
  readonly seconds: number;
}

/** The certificate request is malformed, or its key is not accepted. */
export class RequestError extends Error {}

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...validity(3_650),
    serialNumber: serial(),
    name: [{ CN: [commonName] }],
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign | KeyUsageFlags.digitalSignature, true),
    ],
  });
  return authorityOf(certificate, keys.privateKey, ALGORITHM);
}

/**
 * Loads an authority with an ECDSA P-256 key, or with an RSA key such as kubeadm's. Throws when the texts are not valid
 * PEM.
 */
export async function loadAuthority({ cert, key }: IssuedCertificate): Promise<Authority> {
  const parsed = createPrivateKey(key);
  const algorithm = parsed.asymmetricKeyType === 'rsa' ? RSA : ALGORITHM;
  const privateKey = await webcrypto.subtle.importKey(
    'pkcs8',
    parsed.export({ type: 'pkcs8', format: 'der' }),
    algorithm,
    true,
    ['sign'],
  );
  return authorityOf(new X509Certificate(cert), privateKey, algorithm);
}

async function authorityOf(
  certificate: X509Certificate,
  privateKey: webcrypto.CryptoKey,
  signingAlgorithm: Algorithm,
): Promise<Authority> {
  return {
    cert: certificate.toString('pem'),
    key: await pemOf(privateKey),
    issue: async (request) => {
      const leaf = await generateKeys();
      const issued = await X509CertificateGenerator.create({
        ...validity(request.days ?? 365),
        serialNumber: serial(),
        subject: [...(request.organizations ?? []).map((name) => ({ O: [name] })), { CN: [request.commonName] }],
        issuer: certificate.subject,
        publicKey: leaf.publicKey,
        signingKey: privateKey,
        signingAlgorithm,
        extensions: extensionsOf(request),
      });
      return { cert: issued.toString('pem'), key: await pemOf(leaf.privateKey) };
    },
    certify: async (request, { commonName, organizations, seconds }) => {
      const issued = await X509CertificateGenerator.create({
        ...validity(seconds / DAY_S),
        serialNumber: serial(),
        subject: [...organizations.map((name) => ({ O: [name] })), { CN: [commonName] }],
        issuer: certificate.subject,
        publicKey: await keyOf(request),
        signingKey: privateKey,
        signingAlgorithm,
        extensions: extensionsOf({ commonName, usages: ['client'] }),
      });
      return issued.toString('pem');
    },
  };
}

/** Returns the public key of a request, after checking that the holder of the private key has signed it. */
async function keyOf(request: string): Promise<PublicKey> {
  const parsed = parseRequest(request);
  if (!(await parsed.verify().catch(() => false))) throw new RequestError('the request is not signed with its own key');
  const { name, modulusLength } = parsed.publicKey.algorithm as {
    readonly name: string;
    readonly modulusLength?: number;
  };
  if (modulusLength !== undefined && modulusLength < MIN_RSA_BITS)
    throw new RequestError(`its ${name} key has ${modulusLength} bits, but at least ${MIN_RSA_BITS} are required`);
  return parsed.publicKey;
}

function parseRequest(request: string): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(request);
  } catch {
    throw new RequestError('the request is not a PEM certificate request');
  }
}

function extensionsOf({ usages, dnsNames = [], ipAddresses = [] }: CertificateRequest): Extension[] {
  const names: JsonGeneralNames = [
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const purposes = usages.map((usage) =>
    usage === 'server' ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth,
  );
  const extensions = [
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension(purposes),
  ];
  return names.length === 0 ? extensions : [...extensions, new SubjectAlternativeNameExtension(names)];
}

/** Creates a key, and a certificate request (PKCS #10, PEM) for it. */
export async function createRequest(commonName: string): Promise<{ readonly key: string; readonly request: string }> {
  const keys = await generateKeys();
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [commonName] }],
    keys,
    signingAlgorithm: ALGORITHM,
  });
  return { key: await pemOf(keys.privateKey), request: request.toString('pem') };
}

/**
 * Creates a private key for ServiceAccount tokens, in the format that kube-apiserver reads for both signing and
 * verification.
 */
export function generateSigningKey(): string {
  return generateKeyPairSync('rsa', { modulusLength: 2_048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  // It starts a minute ago: a certificate that starts now may be rejected as not yet valid.
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + days * DAY_MS) };
}

function serial(): string {
  return `01${randomBytes(15).toString('hex')}`;
}
