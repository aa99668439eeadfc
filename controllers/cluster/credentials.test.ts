/** What stands in a client certificate. The hub is a stub that allows everyone credentials, and keeps what is written. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '../../api/certificates.ts';
import type { KubeObject, ObjectRef, Resource } from '../../api/object.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { createAuthority, createRequest } from '../../controlplane/certificates.ts';
import type { Client, Patch } from '../../runtime/client.ts';
import { IndexedStore } from '../../runtime/store.ts';
import { reconcileRequest } from './credentials.ts';

const cluster: Cluster = { apiVersion: 'platform.tkestack.io/v1', kind: 'Cluster', metadata: { name: 'dev' }, spec: { tenantID: 'acme', type: 'ClusterAPI' } };

/** The subject of the certificate that such a user gets. */
async function subjectFor(groups: readonly string[], extra: Readonly<Record<string, string[]>> = {}): Promise<string> {
  const { request } = await createRequest('anybody');
  const asked = {
    apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'csr' },
    spec: { request: Buffer.from(request).toString('base64'), signerName: 'platform.tkestack.io/dev', usages: ['client auth'], username: 'carol', groups, extra },
  } satisfies CertificateSigningRequest;
  const [requests, clusters] = [new IndexedStore<CertificateSigningRequest>(), new IndexedStore<Cluster>()];
  requests.set('csr', asked);
  clusters.set('dev', cluster);
  let certificate = '';
  const client = {
    create: (_: Resource, review: KubeObject) => Promise.resolve({ ...review, status: { allowed: true } }),
    patch: (_: Resource, __: ObjectRef, { body }: Patch) => {
      certificate = (body as { status?: { certificate?: string } }).status?.certificate ?? certificate;
      return Promise.resolve(body);
    },
  } as unknown as Client;
  const authority = await createAuthority('dev-ca');
  await reconcileRequest('csr', { client, requests, clusters, authorityOf: () => Promise.resolve(authority), now: Date.now });
  return new X509Certificate(Buffer.from(certificate, 'base64')).subject;
}

test('groups of Kubernetes and of kubeadm stay on the hub: elsewhere they would mean everything', async () => {
  assert.equal(await subjectFor(['system:masters', 'kubeadm:cluster-admins', 'team']), 'O=team\nCN=carol');
});
test('the tenant is the one that the hub says, not one of the groups', async () => {
  assert.equal(await subjectFor(['tenant:other', 'team'], { tenantid: ['acme'] }), 'O=team\nO=tenant:acme\nCN=carol');
});
