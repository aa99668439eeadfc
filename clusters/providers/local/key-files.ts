/** The key and certificate files of a local cluster, from its keys on the hub. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { type CertificateFiles, ensureCertificate, writeWhole } from '../../controlplane/certificate-files.ts';
import type { CertificateRequest, IssuedCertificate } from '../../controlplane/certificates.ts';
import type { TlsFiles } from './commands.ts';
import type { Machine } from './machine.ts';
import { firstAddress } from './service-address.ts';

type KeyStore = Pick<Machine, 'layout' | 'pki'>;

/**
 * Files of a certificate, with its fingerprint: a process that reads it only at its start must restart when that
 * changes.
 */
export type FingerprintedTls = TlsFiles & Pick<CertificateFiles, 'fingerprint'>;

/** Writes the keys that several processes share. */
export async function writeSharedKeys({ layout, pki }: KeyStore): Promise<void> {
  await writeWhole(layout.ca, pki.authority.cert);
  await writeWhole(layout.etcdCa, pki.etcdAuthority.cert);
  await writeWhole(layout.serviceAccountKey, pki.serviceAccountKey);
}

/** The certificate that an etcd member shows to clients and to its peers. */
export function etcdMemberTls(store: KeyStore, index: number): Promise<FingerprintedTls> {
  return etcdTls(store, `etcd-${index}`, {
    commonName: `etcd-${index}`,
    ipAddresses: ['127.0.0.1'],
    dnsNames: ['localhost'],
    usages: ['server', 'client'],
  });
}

/** The client certificate with which the kube-apiservers and the controller call etcd. */
export function etcdClientTls(store: KeyStore): Promise<FingerprintedTls> {
  return etcdTls(store, 'apiserver-etcd-client', { commonName: 'kube-apiserver-etcd-client', usages: ['client'] });
}

async function etcdTls(
  { layout, pki }: KeyStore,
  name: string,
  request: CertificateRequest,
): Promise<FingerprintedTls> {
  return { ...(await ensureCertificate(layout.pki, name, pki.etcdAuthority, request)), ca: layout.etcdCa };
}

/** The serving certificate of a kube-apiserver, for every name and address at which clients reach it. */
export async function apiserverTls(
  { layout, pki, goal }: KeyStore & Pick<Machine, 'goal'>,
  index: number,
): Promise<FingerprintedTls> {
  const files = await ensureCertificate(layout.pki, `apiserver-${index}`, pki.authority, {
    commonName: 'kube-apiserver',
    usages: ['server', 'client'],
    ipAddresses: ['127.0.0.1', firstAddress(goal.serviceCIDR), ...goal.alternativeNames.filter(isAddress)],
    dnsNames: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${goal.dnsDomain}`,
      ...goal.alternativeNames.filter((name) => !isAddress(name)),
    ],
  });
  return { ...files, ca: layout.ca };
}

/** A client certificate with all rights in the cluster, as texts. */
export async function administratorCertificate(
  { layout, pki }: KeyStore,
  name: string,
  commonName: string,
): Promise<IssuedCertificate & Pick<CertificateFiles, 'fingerprint'>> {
  const { cert, key, fingerprint } = await ensureCertificate(layout.pki, name, pki.authority, {
    commonName,
    organizations: ['system:masters'],
    usages: ['client'],
  });
  return { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8'), fingerprint };
}

function isAddress(name: string): boolean {
  return isIP(name) !== 0;
}
