import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubeconfigText } from './kubeconfig.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('a kubeconfig has exactly this text: a changed byte would replace machines and rewrite Secrets', () => {
  assert.equal(
    kubeconfigText('https://10.0.0.1:6443', 'CA', { cert: 'CERT', key: 'KEY' }),
    `apiVersion: v1
kind: Config
clusters:
  - name: local
    cluster:
      server: https://10.0.0.1:6443
      certificate-authority-data: ${base64('CA')}
users:
  - name: user
    user:
      client-certificate-data: ${base64('CERT')}
      client-key-data: ${base64('KEY')}
contexts:
  - name: local
    context:
      cluster: local
      user: user
current-context: local
`,
  );
});

test('a kubeconfig takes a token and names for its entries', () => {
  const text = kubeconfigText('https://hub', 'CA', { token: 't' }, { cluster: 'hub', user: 'robot' });
  assert.match(text, /name: robot\n {4}user:\n {6}token: t\n/);
  assert.match(text, /current-context: hub\n$/);
});
