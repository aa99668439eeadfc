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

/** Refused with that reason, and no part of what is secret stands in the message. */
function refused(found: Credential | CredentialProblem, reason: string): string {
  assert.ok(isCredentialProblem(found), 'was taken');
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
  test('with a token, under either key', () => {
    assert.deepEqual(good(read(kubeconfig())), bare);
    assert.deepEqual(good(fromSecret({ kubeconfig: kubeconfig() })), bare);
  });
  test('in JSON, with a byte order mark and Windows line ends', () => {
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
  test('with a client certificate, another name for TLS, and somebody to be impersonated', () => {
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
  test("of several contexts has the current one's cluster and user, whatever the others say", () => {
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

describe('what would run a program, read a file or trust any server', () => {
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
    test(`${field} is refused by its name`, () =>
      assert.ok(refused(read(kubeconfig(parts)), 'CredentialRefused').includes(field)));
  }
  test('a token beside a program does not make it good', () =>
    void refused(read(kubeconfig({ user: { token: 't0ken', exec: { command: 'sh' } } })), 'CredentialRefused'));
  test('a merge key is a field like another, and brings nothing in', () => {
    const text = kubeconfig()
      .replace('  - name: me\n', '  - name: me\n')
      .replace(/user:\n {6}token: t0ken/, 'user:\n      token: t0ken\n      <<: {exec: {command: sh}}');
    assert.ok(text.includes('<<'));
    assert.ok(refused(read(text), 'CredentialRefused').includes('<<'));
  });
});

describe('YAML that is not what it seems', () => {
  const invalid: Record<string, string> = {
    nothing: '',
    'no YAML': '\u0000{',
    'a number': '5',
    'a list': '[]',
    'two documents': `${kubeconfig()}---\n${kubeconfig()}`,
    'a key that stands there twice': `${kubeconfig()}current-context: other\n`,
    'a server that stands there twice': kubeconfig().replace(
      `server: ${SERVER}`,
      `server: ${SERVER}\n      server: https://evil`,
    ),
    'a tag of JavaScript': kubeconfig().replace('t0ken', '!!js/function "function () {}"'),
    'a list that is an alias of itself': `current-context: c\ncontexts: &a [*a]\nclusters: []\nusers: []\n`,
    'a depth without end': `a: ${'['.repeat(100_000)}`,
    'no current-context': kubeconfig().replace(/current-context: c\n/, ''),
    'a current-context that is not there': kubeconfig({ top: { 'current-context': 'd' } }),
    'a context that names another cluster': kubeconfig({
      top: { clusters: [{ name: 'two', cluster: { server: SERVER } }] },
    }),
    'a cluster that is null': kubeconfig({ cluster: null }),
    'a user that is null': kubeconfig({ user: null }),
    'users that are a map': kubeconfig({ top: { users: { me: { token: 't0ken' } } } }),
    'a current-context in no context, and entries named undefined': kubeconfig({
      top: {
        'current-context': 'x',
        clusters: [{ name: 'undefined', cluster: { server: SERVER } }],
        users: [{ name: 'undefined', user: { token: 't0ken' } }],
      },
    }),
  };
  for (const [what, text] of Object.entries(invalid))
    test(`${what} is refused`, () => void refused(read(text), 'CredentialInvalid'));

  test('__proto__ gives nobody a server or a token', () => {
    const text = (of: string, user: string): string =>
      `current-context: c\ncontexts: [{name: c, context: {cluster: one, user: me}}]\nclusters: [{name: one, cluster: {${of}}}]\nusers: [{name: me, user: {${user}}}]\n`;
    assert.equal(good(read(text(`server: "${SERVER}"`, 'token: t0ken'))).token, 't0ken');
    refused(read(text(`__proto__: {server: "${SERVER}"}`, 'token: t0ken')), 'CredentialInvalid');
    refused(read(text(`server: "${SERVER}"`, '__proto__: {token: t0ken}')), 'CredentialInvalid');
    assert.equal(Object.hasOwn(Object.prototype, 'token'), false);
  });

  test('a million laughs are read in a moment, and a Secret as big as it may be', () => {
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

  test('a heeded field that is no text is refused: dropped, it would change what the credential may do', () => {
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
    test(`${server} is taken`, () => assert.equal(good(read(kubeconfig({ cluster: { server } }))).server, server));
  }
  test('of the cluster goes before that of the kubeconfig, which tells the authority', () => {
    assert.equal(good(read(kubeconfig(), { server: 'https://other:6443' })).server, 'https://other:6443');
  });
  test("of the cluster's writer gets no token when any authority would do", () => {
    refused(
      read(kubeconfig({ cluster: { 'certificate-authority-data': undefined } }), { server: 'https://evil.example' }),
      'CredentialInvalid',
    );
    refused(fromSecret({ token: 't0ken' }, { server: 'https://evil.example' }), 'CredentialInvalid');
  });
});

describe('the parts', () => {
  const invalid: Record<string, Parts> = {
    'neither token nor certificate': { user: { token: undefined } },
    'an empty token': { user: { token: '' } },
    'a token of spaces': { user: { token: '  ' } },
    'a token with a line break, which would be a header more': {
      user: { token: 'a\r\nimpersonate-user: system:admin' },
    },
    'a token with letters that no header carries': { user: { token: 'tökén' } },
    'a certificate without its key': { user: { token: undefined, 'client-certificate-data': base64(PEM) } },
    'a certificate that is none': {
      user: { 'client-certificate-data': base64('hello'), 'client-key-data': base64('KEY') },
    },
    'an authority that is none': { cluster: { 'certificate-authority-data': base64('hello') } },
    'an authority that is not in base64': { cluster: { 'certificate-authority-data': PEM } },
    'somebody with a line break in his name': { user: { as: 'reader\r\nx: y' } },
  };
  for (const [what, parts] of Object.entries(invalid))
    test(`${what} is refused`, () => void refused(read(kubeconfig(parts)), 'CredentialInvalid'));
  test('a token that ends with a line break, as files do, is taken without it', () => {
    assert.equal(good(fromSecret({ 'ca.crt': PEM, token: 't0ken\n' }, { server: SERVER })).token, 't0ken');
  });
  test('a Secret with ca.crt and token needs an address', () =>
    void refused(fromSecret({ 'ca.crt': PEM, token: 't0ken' }), 'CredentialInvalid'));
  test('a Secret with nothing in it is refused', () =>
    void refused(fromSecret({}, { server: SERVER }), 'CredentialInvalid'));
  test('a Secret of a client certificate is taken', () => {
    const found = good(fromSecret({ 'ca.crt': PEM, 'tls.crt': PEM, 'tls.key': 'KEY' }, { server: SERVER }));
    assert.deepEqual(found, { ...bare, token: undefined, cert: PEM, key: 'KEY' });
  });
});

describe('whose a credential is', () => {
  test('a Secret needs the label of the tenant itself', () => {
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
  test("what was written for one cluster is not another's", () => {
    const labels = { [TENANT_LABEL]: 'acme', [CLUSTER_LABEL]: 'cls-b' };
    assert.ok(isCredentialProblem(fromSecret({ value: kubeconfig() }, {}, labels)));
    assert.deepEqual(good(fromSecret({ value: kubeconfig() }, {}, { ...labels, [CLUSTER_LABEL]: 'cls-a' })), bare);
  });
  test('a Secret that is not there, and a cluster without any, are told apart', () => {
    refused(
      resolveCredential(cluster({ kubeconfigSecret: 'access' }), { secret: undefined, credential: undefined }),
      'SecretNotFound',
    );
    refused(resolveCredential(cluster({}), { secret: undefined, credential: undefined }), 'CredentialMissing');
  });
  test('the Secret that the provider wrote serves a cluster that names none', () => {
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

  test('is taken with its authority, token and who is impersonated', () =>
    assert.deepEqual(good(from({ as: 'reader' })), { ...bare, impersonate: 'reader' }));
  const problems: Record<string, { found: Credential | CredentialProblem; reason: string }> = {
    'that is not there': {
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
    'without an authority, for an address that the cluster names': {
      found: from({ caCert: null }),
      reason: 'CredentialInvalid',
    },
    'that impersonates a line break': { found: from({ as: 'a\nb' }), reason: 'CredentialInvalid' },
  };
  for (const [what, { found, reason }] of Object.entries(problems))
    test(`${what} is refused`, () => void refused(found, reason));
  test('whose lists are empty impersonates nobody else', () =>
    assert.deepEqual(good(from({ 'as-groups': [], 'as-user-extra': {}, as: undefined })), bare));
});
