/**
 * Hostile requests to the webhook, without a socket.
 *
 * The oracle: in the world of these tests, user ann of tenant acme may get pod web in namespace dev of the hub, and
 * nothing else is allowed. So whatever the bytes are, an allow is correct only for a JSON text that asks exactly for
 * that (`isAllowedRequest`, which shares no code with the authorizer). Everything that is no review gets an error;
 * nothing throws.
 */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import * as z from 'zod';
import type { Namespace } from '../../api/business/namespace.ts';
import type { RuleLine } from '../../authorization/rules/line.ts';
import type { AuthorizerOptions } from '../../authorization/webhook/authorize.ts';
import { CostlyTenants } from '../../authorization/webhook/costly-tenants.ts';
import { grantorsIn } from '../../authorization/webhook/grantors.ts';
import { answerRequest, type WebhookRequest, type WebhookResponse } from '../../authorization/webhook/webhook.ts';
import { g, indexOf, p } from '../support/rule-lines.ts';

const ALLOWED_RULES = [g('acme##user##ann', 'pol-web'), p('pol-web', 'namespace:dev/pod:web', 'getPod')];

function optionsOf(lines: readonly RuleLine[]): AuthorizerOptions {
  const index = indexOf(lines);
  const projects = { claims: (): Namespace[] => [], project: () => undefined };
  return {
    index,
    projects,
    chainsFor: 'rule-readers',
    grantorsOf: grantorsIn(index, () => 0),
    costlyTenants: new CostlyTenants(),
    nowMs: () => 0,
  };
}

const options = optionsOf(ALLOWED_RULES);
const HUB: Omit<WebhookRequest, 'body'> = {
  method: 'POST',
  path: '/auth/authz',
  client: { commonName: 'global', organizations: ['steward:clusters'] },
};

const ATTRIBUTES = {
  verb: 'get',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'dev',
  name: 'web',
};
const SPEC = {
  user: 'ann',
  uid: 'u-1',
  groups: ['tenant:acme', 'system:authenticated'],
  extra: { tenantid: ['acme'] },
  resourceAttributes: ATTRIBUTES,
};
const REVIEW = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: SPEC };

const { groups: GROUPS, extra: _extra, resourceAttributes: _resource, ...WITHOUT_TENANT } = SPEC;
/** Reviews to start from: some ask for the allowed request, and some are wrong in one point. */
const REVIEWS: readonly object[] = [
  REVIEW,
  { ...REVIEW, spec: { ...WITHOUT_TENANT, groups: GROUPS, resourceAttributes: ATTRIBUTES } },
  { ...REVIEW, spec: { ...WITHOUT_TENANT, groups: [...GROUPS, 'tenant:evil'], resourceAttributes: ATTRIBUTES } },
  { ...REVIEW, spec: { ...WITHOUT_TENANT, group: GROUPS, resourceAttributes: ATTRIBUTES } },
  {
    ...REVIEW,
    apiVersion: 'authorization.k8s.io/v1beta1',
    spec: { ...WITHOUT_TENANT, group: GROUPS, resourceAttributes: ATTRIBUTES },
  },
  {
    ...REVIEW,
    spec: {
      ...WITHOUT_TENANT,
      groups: GROUPS,
      nonResourceAttributes: { path: 'namespace:dev/pod:web', verb: 'getPod' },
    },
  },
];

/** The only two valid forms of an answer. */
const answered = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('SubjectAccessReview'),
  status: z.strictObject({ allowed: z.boolean(), denied: z.literal(true).optional(), reason: z.string() }),
});
const refused = z.strictObject({
  kind: z.literal('Status'),
  apiVersion: z.literal('v1'),
  status: z.literal('Failure'),
  code: z.number(),
  message: z.string().max(20_000),
});

/** Sends a request and checks the form of the answer: 200 with a review, or an error. */
function ask(
  body: string,
  at: Omit<WebhookRequest, 'body'> = HUB,
  of = options,
): WebhookResponse & { readonly allowed: boolean } {
  const response = answerRequest({ ...at, body }, true, of);
  const sent: unknown = JSON.parse(JSON.stringify(response.body));
  if (response.status !== 200) {
    assert.equal(refused.parse(sent).code, response.status);
    return { ...response, allowed: false };
  }
  return { ...response, allowed: answered.parse(sent).status.allowed };
}

type Loose = Readonly<Record<string, unknown>>;
const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? { ...value } : {});
const same = (value: unknown, expected: string): boolean =>
  typeof value === 'string' && value.toLowerCase() === expected;

const VERSIONS: readonly unknown[] = ['authorization.k8s.io/v1', 'authorization.k8s.io/v1beta1'];

/** Whether a body asks for the one request that is allowed. The API group does not count: policies do not name it. */
function isAllowedRequest(body: string): boolean {
  const { apiVersion, kind, spec } = loose(JSON.parse(body));
  const { user, extra, resourceAttributes, nonResourceAttributes, ...rest } = loose(spec);
  const groups = apiVersion === 'authorization.k8s.io/v1beta1' ? rest['group'] : rest['groups'];
  const isReview = VERSIONS.includes(apiVersion) && kind === 'SubjectAccessReview';
  const isAnn = user === 'ann' && isOfAcme(loose(extra)['tenantid'], groups);
  return (
    isReview && isAnn && isGetPodWeb(loose(resourceAttributes)) && (nonResourceAttributes ?? undefined) === undefined
  );
}

function isGetPodWeb({ verb, resource, subresource = '', namespace, name }: Loose): boolean {
  const isPod = same(resource, 'pods') || same(resource, 'pod');
  return same(verb, 'get') && isPod && subresource === '' && same(namespace, 'dev') && same(name, 'web');
}

function isOfAcme(tenantid: unknown, groups: unknown): boolean {
  if (Array.isArray(tenantid) && tenantid.length > 0) return tenantid[0] === 'acme';
  const claimed = Array.isArray(groups) ? groups.filter((group) => String(group).startsWith('tenant:')) : [];
  return claimed.length > 0 && claimed.every((group) => group === 'tenant:acme');
}

function checkAllow(body: string): void {
  if (ask(body).allowed) assert.ok(isAllowedRequest(body), body);
}

/** Values similar to the right ones, and values of other types. */
const near = fc.constantFrom<unknown>(
  'ann',
  'Ann',
  'ann ',
  'ann\0',
  'ann\n',
  'аnn',
  'ａnn',
  'ann\u200b',
  '*',
  '',
  'acme##user##ann',
  'bob',
  'acme',
  'Acme',
  'tenant:acme',
  'tenant:',
  'tenant:acme\n',
  'get',
  'GET',
  'list',
  'watch',
  '*',
  'delete',
  'pods',
  'pod',
  'Pods',
  'pods/log',
  'secrets',
  'log',
  'dev',
  'dev/pod:web',
  'prod',
  'web',
  'web*',
  '../web',
  'namespace:dev/pod:web',
  'getPod',
  'authorization.k8s.io/v1beta1',
  'authorization.k8s.io/v2',
  'business.tkestack.io',
  'platform.tkestack.io',
  '\ud800',
  '\udc00x',
  null,
  true,
  false,
  0,
  -1,
  1e308,
  [],
  {},
  ['ann'],
  ['tenant:acme'],
  ['tenant:acme', 'tenant:evil'],
  [['tenant:acme']],
  [null],
  { 0: 'tenant:acme', length: 1 },
  { tenantid: ['acme'] },
  { tenantid: 'acme' },
  { TenantID: ['acme'] },
  { tenantid: [] },
  { path: '/', verb: 'get' },
  { path: 'namespace:dev/pod:web', verb: 'getPod' },
);
const key = fc.constantFrom(
  'apiVersion',
  'kind',
  'spec',
  'user',
  'User',
  'groups',
  'group',
  'extra',
  'uid',
  'resourceAttributes',
  'nonResourceAttributes',
  'verb',
  'resource',
  'subresource',
  'namespace',
  'name',
  'path',
  'tenantid',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'status',
  'allowed',
  '0',
);
const anything = fc.oneof(near, fc.jsonValue({ maxDepth: 4 }));

interface Change {
  readonly at: readonly string[];
  /** Undefined removes the key. */
  readonly value: unknown;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.oneof(
    fc
      .constantFrom(['spec'], ['spec', 'resourceAttributes'], ['spec', 'extra'], ['spec', 'groups'], [])
      .chain((at) => key.map((last) => [...at, last])),
    fc.array(key, { minLength: 1, maxLength: 4 }),
  ),
  value: fc.oneof(anything, fc.constant(undefined)),
});

/**
 * Returns a copy of `value` with the change. It uses own keys only, so that `__proto__` is an ordinary key as in JSON.
 */
function changed(value: unknown, { at: [first, ...rest], value: to }: Change): unknown {
  if (first === undefined) return to;
  const entries = Object.entries(loose(value)).filter(([name]) => name !== first);
  const next = rest.length === 0 ? to : changed(loose(value)[first], { at: rest, value: to });
  return Object.fromEntries(next === undefined ? entries : [...entries, [first, next]]);
}

test('the one allowed request is allowed in v1 and v1beta1 (control)', () => {
  assert.deepEqual(
    REVIEWS.map((review) => ask(JSON.stringify(review)).allowed),
    [true, true, false, false, true, false],
  );
});

describe('nothing else is allowed, and nothing throws, for', () => {
  test('any JSON', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), checkAllow), { numRuns: 500 });
  });
  test('a review with any values at any keys', () => {
    fc.assert(
      fc.property(fc.constantFrom(...REVIEWS), fc.array(change, { maxLength: 5 }), (review, changes) => {
        checkAllow(JSON.stringify(changes.reduce<unknown>(changed, review)));
      }),
      { numRuns: 5_000 },
    );
  });
  test('a review with a duplicate key (the last one counts, as in Go)', () => {
    const text = JSON.stringify(REVIEW);
    const braces = [...text.matchAll(/\{(?=")/g)].map(({ index }) => index + 1);
    fc.assert(
      fc.property(fc.constantFrom(...braces), key, anything, fc.boolean(), (at, name, value, last) => {
        const member = `${JSON.stringify(name)}:${JSON.stringify(value ?? null)}`;
        const end = text.indexOf('}', at);
        checkAllow(
          last
            ? `${text.slice(0, end)},${member}${text.slice(end)}`
            : `${text.slice(0, at)}${member},${text.slice(at)}`,
        );
      }),
      { numRuns: 2_000 },
    );
  });
  test('a review with bytes changed, removed or inserted', () => {
    const bytes = Buffer.from(JSON.stringify(REVIEW));
    const cut = fc.record({ at: fc.nat(bytes.length), skip: fc.nat(3), put: fc.uint8Array({ maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 3 }), (cuts) => {
        const mutated = cuts.reduce(
          (all, { at, skip, put }) => Buffer.concat([all.subarray(0, at), put, all.subarray(at + skip)]),
          bytes,
        );
        // The server rejects bytes that are not UTF-8 before this function is called.
        if (isUtf8(mutated)) checkAllow(mutated.toString('utf8'));
      }),
      { numRuns: 5_000 },
    );
  });
  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => checkAllow(Buffer.from(bytes).toString('utf8'))),
      { numRuns: 1_000 },
    );
  });
  test('any client, path and method, except a POST of the hub to its own path', () => {
    const texts = fc.constantFrom(
      'global',
      'cls-a',
      '',
      '*',
      'GLOBAL',
      'steward:clusters',
      'system:masters',
      '__proto__',
    );
    const client = fc.option(fc.record({ commonName: texts, organizations: fc.array(texts, { maxLength: 3 }) }), {
      nil: undefined,
    });
    const at = fc.constantFrom(
      '/auth/authz',
      '/auth/authz/',
      '/auth/authz/global',
      '/auth/authz/cls-a',
      '/auth/authz/CLS-A',
      '/auth//authz',
      '/AUTH/AUTHZ',
      '',
      '/',
      '/auth/authz/../authz',
    );
    fc.assert(
      fc.property(fc.constantFrom('POST', 'GET', 'PUT', 'post', ''), at, client, (method, path, who) => {
        if (!ask(JSON.stringify(REVIEW), { method, path, client: who }).allowed) return;
        assert.deepEqual(
          [method, path, who?.commonName, who?.organizations.includes('steward:clusters')],
          ['POST', '/auth/authz', 'global', true],
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

const deep = (open: string, close: string, depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`;
const inSpec = (member: string): string => JSON.stringify(REVIEW).replace('"spec":{', `"spec":{${member},`);
const BODIES: Record<string, { body: string; status: number }> = {
  'an array with a depth of 200,000': { body: deep('[', ']', 200_000), status: 400 },
  'an object with a depth of 60,000 in place of the spec': {
    body: `{"apiVersion":"authorization.k8s.io/v1","kind":"SubjectAccessReview","spec":${deep('{"spec":', '}', 60_000)}}`,
    status: 400,
  },
  'an object with a depth of 80,000 in an unknown field': {
    body: inSpec(`"more":${deep('{"a":', '}', 80_000)}`),
    status: 200,
  },
  'an extra with a depth of 60,000': {
    body: JSON.stringify({ ...REVIEW, spec: { ...SPEC, extra: undefined } }).replace(
      '"spec":{',
      `"spec":{"extra":${deep('{"a":', '}', 60_000)},`,
    ),
    status: 400,
  },
  '200,000 groups that are numbers': {
    body: JSON.stringify({ ...REVIEW, spec: { ...SPEC, groups: Array.from({ length: 200_000 }, () => 1) } }),
    status: 400,
  },
  '100,000 groups': {
    body: JSON.stringify({
      ...REVIEW,
      spec: { ...SPEC, user: 'bob', groups: ['tenant:acme', ...Array.from({ length: 100_000 }, () => 'g')] },
    }),
    status: 200,
  },
  '40,000 extras': {
    body: JSON.stringify({
      ...REVIEW,
      spec: {
        ...SPEC,
        user: 'bob',
        extra: Object.fromEntries(Array.from({ length: 40_000 }, (_, i) => [`k${i}`, []])),
      },
    }),
    status: 200,
  },
  'an extra __proto__': { body: inSpec('"__proto__":{"extra":{"tenantid":["acme"]}}'), status: 200 },
  'a lone surrogate as the user': {
    body: JSON.stringify({ ...REVIEW, spec: { ...SPEC, user: '\ud800' } }),
    status: 200,
  },
  'a user of half a megabyte': {
    body: JSON.stringify({ ...REVIEW, spec: { ...SPEC, user: 'a'.repeat(500_000) } }),
    status: 200,
  },
  'an empty body': { body: '', status: 400 },
  'a byte order mark before it': { body: `\uFEFF${JSON.stringify(REVIEW)}`, status: 400 },
  'two reviews': { body: JSON.stringify(REVIEW).repeat(2), status: 400 },
  NaN: { body: 'NaN', status: 400 },
};
describe('an extreme body gets the expected status:', () => {
  for (const [name, { body, status }] of Object.entries(BODIES)) {
    test(name, () => {
      assert.equal(ask(body).status, status);
      checkAllow(body);
    });
  }
});

describe('a request with a name longer than Kubernetes allows is denied, so that no length escapes a deny:', () => {
  const everyone = optionsOf([
    g('acme##user##*', 'pol-all'),
    p('pol-all', '*', '*'),
    g('acme##user##*', 'pol-no'),
    p('pol-no', '*secret*', '*', 'deny'),
  ]);
  const verdictOf = (attributes: object, user = 'bob'): string => {
    const spec = { user, groups: ['tenant:acme'], ...attributes };
    return ask(JSON.stringify({ ...REVIEW, spec }), HUB, everyone).answer?.verdict ?? 'error';
  };
  const LIMITS = { verb: 253, group: 253, resource: 63, subresource: 253, namespace: 63, name: 253 };
  for (const [part, limit] of Object.entries(LIMITS)) {
    test(`a ${part} of more than ${limit} characters`, () => {
      const asked = (length: number): object => ({ resourceAttributes: { ...ATTRIBUTES, [part]: 'x'.repeat(length) } });
      assert.deepEqual(
        [verdictOf(asked(limit)), verdictOf(asked(limit + 1)), verdictOf(asked(400_000))],
        ['allow', 'deny', 'deny'],
      );
    });
  }
  test('a path of more than 253 characters', () => {
    const asked = (length: number): object => ({
      nonResourceAttributes: { verb: 'get', path: `/${'x'.repeat(length - 1)}` },
    });
    assert.deepEqual([verdictOf(asked(253)), verdictOf(asked(254))], ['allow', 'deny']);
  });
  test('system users, which no policy covers, are left to the next authorizer', () => {
    assert.equal(verdictOf({ resourceAttributes: { ...ATTRIBUTES, name: 'x'.repeat(254) } }, 'system:node:n1'), 'none');
  });
});
