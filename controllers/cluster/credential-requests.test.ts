/**
 * The contents of client certificates. The hub is a stub that allows everyone credentials and keeps what is written.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '../../api/kubernetes/certificates.ts';
import type { KubeObject, ObjectRef, Resource } from '../../api/object.ts';
import type { Cluster } from '../../api/platform/cluster.ts';
import { createAuthority, createRequest } from '../../clusters/controlplane/certificates.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import type { Client, Patch } from '../../runtime/client/client.ts';
import { reconcileRequest } from './credential-requests.ts';

const cluster: Cluster = {
  apiVersion: 'platform.tkestack.io/v1',
  kind: 'Cluster',
  metadata: { name: 'dev' },
  spec: { tenantID: 'acme', type: 'ClusterAPI' },
};

interface Answer {
  /** Of the certificate; empty if there is none. */
  readonly subject: string;
  readonly conditions: readonly { readonly type: string; readonly reason: string; readonly message: string }[];
}

/** The result of a request by this user. */
async function answerTo({
  username = 'carol',
  groups = [],
  extra = {},
}: Partial<Pick<CertificateSigningRequest['spec'], 'username' | 'groups' | 'extra'>>): Promise<Answer> {
  const { request } = await createRequest('anybody');
  const asked = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'csr' },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: 'platform.tkestack.io/dev',
      usages: ['client auth'],
      username,
      groups,
      extra,
    },
  } satisfies CertificateSigningRequest;
  const [requests, clusters] = [new IndexedStore<CertificateSigningRequest>(), new IndexedStore<Cluster>()];
  requests.set('csr', asked);
  clusters.set('dev', cluster);
  let written: { readonly certificate?: string; readonly conditions?: Answer['conditions'] } = {};
  const client = {
    create: (_: Resource, review: KubeObject) => Promise.resolve({ ...review, status: { allowed: true } }),
    patch: (_: Resource, __: ObjectRef, { body }: Patch) => {
      written = { ...written, ...(body as { readonly status: typeof written }).status };
      return Promise.resolve(body);
    },
  } as unknown as Client;
  const authority = await createAuthority('dev-ca');
  await reconcileRequest('csr', {
    client,
    requests,
    clusters,
    authorityOf: () => Promise.resolve(authority),
    now: Date.now,
  });
  const { certificate, conditions = [] } = written;
  return {
    subject: certificate === undefined ? '' : new X509Certificate(Buffer.from(certificate, 'base64')).subject,
    conditions,
  };
}

test('groups of Kubernetes and kubeadm are left out: in a cluster they would grant everything', async () => {
  assert.equal(
    (await answerTo({ groups: ['system:masters', 'kubeadm:cluster-admins', 'team'] })).subject,
    'O=team\nCN=carol',
  );
});
test('the tenant comes from the extra of the hub, not from a group', async () => {
  assert.equal(
    (await answerTo({ groups: ['tenant:other', 'team'], extra: { tenantid: ['acme'] } })).subject,
    'O=team\nO=tenant:acme\nCN=carol',
  );
});

for (const username of [
  'system:serviceaccount:kube-system:node-controller',
  'system:kube-controller-manager',
  'system:',
]) {
  test(`${username} gets no certificate: the cluster would take it for its own account`, async () => {
    const { subject, conditions } = await answerTo({ username });
    assert.equal(subject, '');
    assert.deepEqual(
      conditions.map(({ type, reason }) => `${type} ${reason}`),
      ['Denied UserReserved'],
    );
    assert.ok(conditions[0]?.message.startsWith(`${username} is a name of Kubernetes itself`));
  });
}
test('a reserved prefix inside a name is allowed', async () =>
  assert.equal((await answerTo({ username: 'the-system:carol' })).subject, 'CN=the-system:carol'));
