import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dump, loadAll } from 'js-yaml';
import { manifestsFor } from './manifests.ts';

const server = { url: 'https://127.0.0.1:4000', ca: 'PEM' };
const caBundle = Buffer.from('PEM').toString('base64');

test('webhooks and conversion webhooks are called by URL, and objects that only a pod needs are dropped', () => {
  const service = { service: { name: 's', namespace: 'n', path: '/convert' }, caBundle: 'old' };
  const given = [
    {
      kind: 'CustomResourceDefinition',
      spec: { conversion: { webhook: { clientConfig: service, conversionReviewVersions: ['v1'] } } },
    },
    {
      kind: 'ValidatingWebhookConfiguration',
      webhooks: [{ name: 'w', clientConfig: { service: { name: 's', namespace: 'n', path: '/validate' } } }],
    },
    { kind: 'Deployment' },
    { kind: 'Service' },
    { kind: 'Certificate' },
    { kind: 'Issuer' },
  ];
  const made = loadAll(manifestsFor(given.map((each) => dump(each)).join('---\n'), server));
  assert.deepEqual(made, [
    {
      kind: 'CustomResourceDefinition',
      spec: {
        conversion: {
          webhook: {
            clientConfig: { url: 'https://127.0.0.1:4000/convert', caBundle },
            conversionReviewVersions: ['v1'],
          },
        },
      },
    },
    {
      kind: 'ValidatingWebhookConfiguration',
      webhooks: [{ name: 'w', clientConfig: { url: 'https://127.0.0.1:4000/validate', caBundle } }],
    },
  ]);
});
