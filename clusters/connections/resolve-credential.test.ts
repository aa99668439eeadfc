import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dump } from 'js-yaml';
import type { Secret } from '../../api/kubernetes/core.ts';
import { type Cluster, clusters } from '../../api/platform/cluster.ts';
import type { ClusterCredential } from '../../api/platform/cluster-credential.ts';
import { CLUSTER_LABEL, TENANT_LABEL } from '../../api/platform/labels.ts';
import { type Credential, type CredentialProblem, isCredentialProblem } from './credential.ts';
import { resolveCredential } from './resolve-credential.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const SERVER = 'https://10.0.0.1:6443';

const cluster = (spec: Partial<Cluster['spec']>): Cluster => ({
  apiVersion: 'platform.tkestack.io/v1',
  kind: clusters.kind,
  metadata: { name: 'cls-a', uid: 'u-1' },
  spec: { tenantID: 'acme', type: 'Imported', ...spec },
});
const secret = (data: Record<string, string>, labels: Record<string, string> = { [TENANT_LABEL]: 'acme' }): Secret => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'access', labels },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)])),
});

function fromSecret(
  data: Record<string, string>,
  spec: Partial<Cluster['spec']> = {},
  labels?: Record<string, string>,
): Credential | CredentialProblem {
  return resolveCredential(cluster({ kubeconfigSecret: 'access', ...spec }), {
    secret: secret(data, labels),
    credential: undefined,
  });
}

interface Parts {
  readonly cluster?: object | null;
  readonly user?: object | null;
  readonly top?: object;
}

const kubeconfig = ({ cluster: of = {}, user = {}, top = {} }: Parts = {}): string =>
  dump({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'one', user: 'me', namespace: 'ns' } }],
    clusters: [
      {
        name: 'one',
        cluster: of === null ? null : { server: SERVER, 'certificate-authority-data': base64(PEM), ...of },
      },
    ],
    users: [{ name: 'me', user: user === null ? null : { token: 't0ken', ...user } }],
    ...top,
  });

const read = (text: string, spec: Partial<Cluster['spec']> = {}): Credential | CredentialProblem =>
  fromSecret({ value: text }, spec);

function good(found: Credential | CredentialProblem): Credential {
  assert.ok(!isCredentialProblem(found), JSON.stringify(found));
  return found;
}

/** Asserts that it was refused with that reason, and that the message contains no secret. */
function refused(found: Credential | CredentialProblem, reason: string): string {
  assert.ok(isCredentialProblem(found), 'was accepted');
  assert.equal(found.reason, reason, found.message);
  for (const hidden of ['t0ken', 'MIIB', 's3cret']) assert.ok(!found.message.includes(hidden), found.message);
  return found.message;
}

const bare: Credential = {
  server: SERVER,
  ca: PEM,
  token: 't0ken',
  cert: undefined,
  key: undefined,
  servername: undefined,
  impersonate: undefined,
};

describe('a kubeconfig', () => {
  test('with a token is accepted under either key', () => {
    assert.deepEqual(good(read(kubeconfig())), bare);
    assert.deepEqual(good(fromSecret({ kubeconfig: kubeconfig() })), bare);
  });
  test('is accepted in JSON, and with a byte order mark and Windows line ends', () => {
    assert.deepEqual(good(read(`\uFEFF${kubeconfig().replaceAll('\n', '\r\n')}`)), bare);
    assert.equal(
      good(
        read(
          JSON.stringify({
            'current-context': 'c',
            contexts: [{ name: 'c', context: { cluster: 'one', user: 'me' } }],
            clusters: [{ name: 'one', cluster: { server: SERVER, 'certificate-authority-data': base64(PEM) } }],
            users: [{ name: 'me', user: { token: 't0ken' } }],
          }),
        ),
      ).token,
      't0ken',
    );
  });
  test('may have a client certificate, a TLS server name, and a user to impersonate', () => {
    const found = good(
      read(
        kubeconfig({
          cluster: { 'tls-server-name': 'api.example' },
          user: {
            token: undefined,
            'client-certificate-data': base64(PEM),
            'client-key-data': base64('KEY'),
            as: 'reader',
          },
        }),
      ),
    );
    assert.deepEqual(found, {
      ...bare,
      token: undefined,
      cert: PEM,
      key: 'KEY',
      servername: 'api.example',
      impersonate: 'reader',
    });
  });
  test('with several contexts gives the cluster and user of the current one', () => {
    const found = good(
      read(
        kubeconfig({
          top: {
            contexts: [
              { name: 'other', context: { cluster: 'two', user: 'root' } },
              { name: 'c', context: { cluster: 'one', user: 'me' } },
            ],
            clusters: [
              { name: 'two', cluster: { server: 'http://evil' } },
              { name: 'one', cluster: { server: SERVER, 'certificate-authority-data': base64(PEM) } },
            ],
            users: [
              { name: 'root', user: { exec: { command: 'sh' } } },
              { name: 'me', user: { token: 't0ken' } },
            ],
          },
        }),
      ),
    );
    assert.deepEqual(found, bare);
  });
});

describe('a field that would run a program, read a file or trust any server', () => {
  const fields: Record<string, Parts> = {
    exec: { user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', 'id'] } } },
    'auth-provider': { user: { 'auth-provider': { name: 'gcp', config: { 'cmd-path': '/bin/sh' } } } },
    tokenFile: { user: { tokenFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' } },
    'client-certificate': { user: { 'client-certificate': '/etc/passwd' } },
    'client-key': { user: { 'client-key': '/etc/shadow' } },
    'certificate-authority': { cluster: { 'certificate-authority': '/etc/passwd' } },
    'insecure-skip-tls-verify': { cluster: { 'insecure-skip-tls-verify': true } },
    'Insecure-Skip-TLS-Verify': { cluster: { 'Insecure-Skip-TLS-Verify': true } },
    insecureSkipTLSVerify: { cluster: { insecureSkipTLSVerify: 'true' } },
    'insecure-skip-tls-verify ': { cluster: { 'insecure-skip-tls-verify ': true } },
    'proxy-url': { cluster: { 'proxy-url': 'http://evil:3128' } },
    username: { user: { username: 'admin', password: 's3cret' } },
    'as-groups': { user: { as: 'me', 'as-groups': ['system:masters'] } },
    'as-uid': { user: { as: 'me', 'as-uid': '0' } },
    'as-user-extra': { user: { as: 'me', 'as-user-extra': { a: ['b'] } } },
    impersonate: { user: { impersonate: 'me' } },
    Token: { user: { Token: 't0ken' } },
    api_version: { cluster: { api_version: 'v1' } },
  };
  for (const [field, parts] of Object.entries(fields)) {
    test(`is refused by name: ${field}`, () =>
      assert.ok(refused(read(kubeconfig(parts)), 'CredentialRefused').includes(field)));
  }
  test('is refused even beside a token', () =>
    void refused(read(kubeconfig({ user: { token: 't0ken', exec: { command: 'sh' } } })), 'CredentialRefused'));
  test('cannot hide behind a YAML merge key', () => {
    const text = kubeconfig()
      .replace('  - name: me\n', '  - name: me\n')
      .replace(/user:\n {6}token: t0ken/, 'user:\n      token: t0ken\n      <<: {exec: {command: sh}}');
    assert.ok(text.includes('<<'));
    assert.ok(refused(read(text), 'CredentialRefused').includes('<<'));
  });
});

describe('a malformed kubeconfig', () => {
  const invalid: Record<string, string> = {
    'an empty text': '',
    'a text that is not YAML': '\u0000{',
    'a number': '5',
    'a list': '[]',
    'two documents': `${kubeconfig()}---\n${kubeconfig()}`,
    'a duplicate key': `${kubeconfig()}current-context: other\n`,
    'a duplicate server': kubeconfig().replace(`server: ${SERVER}`, `server: ${SERVER}\n      server: https://evil`),
    'a JavaScript tag': kubeconfig().replace('t0ken', '!!js/function "function () {}"'),
    'a list that contains itself': `current-context: c\ncontexts: &a [*a]\nclusters: []\nusers: []\n`,
    'endless nesting': `a: ${'['.repeat(100_000)}`,
    'no current-context': kubeconfig().replace(/current-context: c\n/, ''),
    'a current-context that does not exist': kubeconfig({ top: { 'current-context': 'd' } }),
    'a context with an unknown cluster': kubeconfig({
      top: { clusters: [{ name: 'two', cluster: { server: SERVER } }] },
    }),
    'a cluster that is null': kubeconfig({ cluster: null }),
    'a user that is null': kubeconfig({ user: null }),
    'users that are a map': kubeconfig({ top: { users: { me: { token: 't0ken' } } } }),
    'an unknown current-context, with entries named undefined': kubeconfig({
      top: {
        'current-context': 'x',
        clusters: [{ name: 'undefined', cluster: { server: SERVER } }],
        users: [{ name: 'undefined', user: { token: 't0ken' } }],
      },
    }),
  };
  for (const [what, text] of Object.entries(invalid))
    test(`${what} is refused`, () => void refused(read(text), 'CredentialInvalid'));

  test('__proto__ sets neither server nor token', () => {
    const text = (of: string, user: string): string =>
      `current-context: c\ncontexts: [{name: c, context: {cluster: one, user: me}}]\nclusters: [{name: one, cluster: {${of}}}]\nusers: [{name: me, user: {${user}}}]\n`;
    assert.equal(good(read(text(`server: "${SERVER}"`, 'token: t0ken'))).token, 't0ken');
    refused(read(text(`__proto__: {server: "${SERVER}"}`, 'token: t0ken')), 'CredentialInvalid');
    refused(read(text(`server: "${SERVER}"`, '__proto__: {token: t0ken}')), 'CredentialInvalid');
    assert.equal(Object.hasOwn(Object.prototype, 'token'), false);
  });

  test('a billion-laughs document and the largest possible Secret are still parsed', () => {
    const laughs = Array.from(
      { length: 30 },
      (_, level) =>
        `l${level}: &l${level} [${Array.from({ length: 9 }, () => (level === 0 ? 'ha' : `*l${level - 1}`)).join(', ')}]`,
    );
    assert.deepEqual(good(read(`${laughs.join('\n')}\n${kubeconfig()}`)), bare);
    assert.deepEqual(
      good(
        read(kubeconfig({ top: { extensions: Array.from({ length: 20_000 }, (_, each) => ({ name: `e${each}` })) } })),
      ),
      bare,
    );
  });

  test('a field that is not a string is refused: ignoring it could give the credential more rights', () => {
    for (const user of [{ as: 1_000 }, { as: ['reader'] }, { as: true }, { as: {} }])
      refused(read(kubeconfig({ user })), 'CredentialInvalid');
    for (const part of [{ 'tls-server-name': 5 }, { 'certificate-authority-data': 5 }])
      refused(read(kubeconfig({ cluster: part })), 'CredentialInvalid');
  });
});

describe('the server', () => {
  const servers = [
    'http://10.0.0.1:6443',
    'HTTP://10.0.0.1',
    'ftp://10.0.0.1',
    'file:///etc/passwd',
    'unix:///var/run/docker.sock',
    '10.0.0.1:6443',
    '//10.0.0.1',
    'https://',
    'https://[::1',
    'https://user:s3cret@10.0.0.1:6443',
    'https://s3cret@10.0.0.1',
    'https://10.0.0.1/?a=b',
    'https://10.0.0.1/#',
    'javascript:alert(1)',
    'https://10.0.0.1:99999',
    'https://a b',
  ];
  for (const server of servers)
    test(`${server} is refused`, () => void refused(read(kubeconfig({ cluster: { server } })), 'CredentialInvalid'));
  for (const server of ['https://10.0.0.1', 'https://[fd00::1]:6443', 'https://api.example:6443/k8s/clusters/c-1']) {
    test(`${server} is accepted`, () => assert.equal(good(read(kubeconfig({ cluster: { server } }))).server, server));
  }
  test('of the Cluster overrides that of the kubeconfig, which provides the CA', () => {
    assert.equal(good(read(kubeconfig(), { server: 'https://other:6443' })).server, 'https://other:6443');
  });
  test('of the Cluster gets no token that has no CA', () => {
    refused(
      read(kubeconfig({ cluster: { 'certificate-authority-data': undefined } }), { server: 'https://evil.example' }),
      'CredentialInvalid',
    );
    refused(fromSecret({ token: 't0ken' }, { server: 'https://evil.example' }), 'CredentialInvalid');
  });
});

describe('the parts of a credential', () => {
  const invalid: Record<string, Parts> = {
    'neither token nor certificate': { user: { token: undefined } },
    'an empty token': { user: { token: '' } },
    'a token of spaces': { user: { token: '  ' } },
    'a token with a line break, which would add a header': {
      user: { token: 'a\r\nimpersonate-user: system:admin' },
    },
    'a token with characters that are not allowed in a header': { user: { token: 'tökén' } },
    'a certificate without its key': { user: { token: undefined, 'client-certificate-data': base64(PEM) } },
    'an invalid certificate': {
      user: { 'client-certificate-data': base64('hello'), 'client-key-data': base64('KEY') },
    },
    'an invalid CA': { cluster: { 'certificate-authority-data': base64('hello') } },
    'a CA that is not in base64': { cluster: { 'certificate-authority-data': PEM } },
    'a user to impersonate with a line break in the name': { user: { as: 'reader\r\nx: y' } },
  };
  for (const [what, parts] of Object.entries(invalid))
    test(`${what} is refused`, () => void refused(read(kubeconfig(parts)), 'CredentialInvalid'));
  test('a token is accepted without the line break at its end', () => {
    assert.equal(good(fromSecret({ 'ca.crt': PEM, token: 't0ken\n' }, { server: SERVER })).token, 't0ken');
  });
  test('a Secret with ca.crt and token needs an address', () =>
    void refused(fromSecret({ 'ca.crt': PEM, token: 't0ken' }), 'CredentialInvalid'));
  test('an empty Secret is refused', () => void refused(fromSecret({}, { server: SERVER }), 'CredentialInvalid'));
  test('a Secret with a client certificate is accepted', () => {
    const found = good(fromSecret({ 'ca.crt': PEM, 'tls.crt': PEM, 'tls.key': 'KEY' }, { server: SERVER }));
    assert.deepEqual(found, { ...bare, token: undefined, cert: PEM, key: 'KEY' });
  });
});

describe('the owner of a credential', () => {
  test('must be the tenant, by the exact label of the Secret', () => {
    const labels: Record<string, string>[] = [
      {},
      { [TENANT_LABEL]: 'other' },
      { [TENANT_LABEL]: '' },
      { [TENANT_LABEL]: '*' },
      { [TENANT_LABEL]: 'ACME' },
      { tenant: 'acme' },
    ];
    for (const each of labels) refused(fromSecret({ value: kubeconfig() }, {}, each), 'SecretOfAnotherTenant');
  });
  test('must be the cluster, where the Secret names one', () => {
    const labels = { [TENANT_LABEL]: 'acme', [CLUSTER_LABEL]: 'cls-b' };
    assert.ok(isCredentialProblem(fromSecret({ value: kubeconfig() }, {}, labels)));
    assert.deepEqual(good(fromSecret({ value: kubeconfig() }, {}, { ...labels, [CLUSTER_LABEL]: 'cls-a' })), bare);
  });
  test('is not checked for a missing Secret, or for a cluster without one', () => {
    refused(
      resolveCredential(cluster({ kubeconfigSecret: 'access' }), { secret: undefined, credential: undefined }),
      'SecretNotFound',
    );
    refused(resolveCredential(cluster({}), { secret: undefined, credential: undefined }), 'CredentialMissing');
  });
  test('may use the Secret of the provider, when the cluster names none', () => {
    const made = { ...cluster({ type: 'Local' }), status: { kubeconfigSecret: 'access' } };
    assert.deepEqual(
      good(resolveCredential(made, { secret: secret({ value: kubeconfig() }), credential: undefined })),
      bare,
    );
  });
});

describe('a ClusterCredential', () => {
  const credential = (more: Partial<ClusterCredential> = {}): ClusterCredential => ({
    apiVersion: 'platform.tkestack.io/v1',
    kind: 'ClusterCredential',
    metadata: { name: 'cc-a' },
    tenantID: 'acme',
    clusterName: 'cls-a',
    caCert: base64(PEM),
    token: 't0ken',
    ...more,
  });
  const from = (
    more: Partial<ClusterCredential> = {},
    spec: Partial<Cluster['spec']> = { server: SERVER },
  ): Credential | CredentialProblem =>
    resolveCredential(cluster({ clusterCredentialRef: { name: 'cc-a' }, ...spec }), {
      secret: undefined,
      credential: credential(more),
    });

  test('gives a CA, a token and a user to impersonate', () =>
    assert.deepEqual(good(from({ as: 'reader' })), { ...bare, impersonate: 'reader' }));
  const problems: Record<string, { found: Credential | CredentialProblem; reason: string }> = {
    'that does not exist': {
      found: resolveCredential(cluster({ clusterCredentialRef: { name: 'cc-a' } }), {
        secret: undefined,
        credential: undefined,
      }),
      reason: 'CredentialNotFound',
    },
    'of another tenant': { found: from({ tenantID: 'other' }), reason: 'CredentialOfAnother' },
    'of another cluster': { found: from({ clusterName: 'cls-b' }), reason: 'CredentialOfAnother' },
    'that impersonates groups': { found: from({ 'as-groups': ['system:masters'] }), reason: 'CredentialRefused' },
    'that impersonates attributes': { found: from({ 'as-user-extra': { a: ['b'] } }), reason: 'CredentialRefused' },
    'without an address': { found: from({}, {}), reason: 'CredentialInvalid' },
    'without token and certificate': { found: from({ token: null }), reason: 'CredentialInvalid' },
    'without a CA, for an address that the Cluster chooses': {
      found: from({ caCert: null }),
      reason: 'CredentialInvalid',
    },
    'that impersonates a line break': { found: from({ as: 'a\nb' }), reason: 'CredentialInvalid' },
  };
  for (const [what, { found, reason }] of Object.entries(problems))
    test(`${what} is refused`, () => void refused(found, reason));
  test('with empty lists impersonates no one', () =>
    assert.deepEqual(good(from({ 'as-groups': [], 'as-user-extra': {}, as: undefined })), bare));
});
