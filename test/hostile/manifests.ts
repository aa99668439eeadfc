/**
 * Generates hostile manifests of every kind, for the admission of a real kube-apiserver: valid manifests in which one
 * or two fields have values that no user would write there on purpose.
 */
import fc from 'fast-check';
import { KINDS } from '../../api/kinds.ts';
import type { Kind } from '../../api/schema/define-kind.ts';

export interface HostileManifest {
  readonly kind: Kind;
  readonly manifest: object;
}

const bound = { users: [{ id: 'bob' }], groups: [{ id: 'devs' }] };
const tenantID = 'acme';

/** A valid spec of each kind. */
const SPECS: Readonly<Record<string, object>> = {
  Policy: {
    tenantID,
    scope: 'platform',
    statement: { actions: ['get*'], resources: ['*'], effect: 'allow' },
    ...bound,
  },
  Role: { tenantID, projectID: 'prj-1', policies: ['pol-1'], ...bound },
  Group: { tenantID, ...bound },
  LocalGroup: { tenantID, ...bound },
  ProjectPolicyBinding: { tenantID, projectID: 'prj-1', policyID: 'pol-1', ...bound },
  Grant: {
    tenantID,
    scope: 'project',
    projectID: 'prj-1',
    policies: ['pol-1'],
    roles: ['rol-1'],
    notAfter: '2030-01-01T00:00:00Z',
    ...bound,
  },
  Rule: { ptype: 'g', v0: 'acme##user##bob', v1: 'pol-1', v2: '*' },
  Project: { tenantID, members: ['bob'] },
  Namespace: { tenantID, clusterName: 'global', namespace: 'dev' },
};

const text = fc.oneof(
  fc.constantFrom(
    '',
    '*',
    '**',
    ' ',
    '##',
    'acme##user##bob',
    'user##bob',
    'acme, pol-all, *',
    'acme\n',
    'acme\r\ng, a, b',
    'acme\0',
    'acme\u2028',
    'аcme',
    'ACME',
    'acme ',
    '#',
    'a#',
    '\ud83d\ude00',
    '../../x',
    '%2f',
    '-',
    '.',
    '..',
    'a/b',
    '__proto__',
    'constructor',
    '{{.}}',
    '$(id)',
    "'; --",
    '0',
    'true',
    'null',
    '\u202eacme',
    'e\u0301',
    '９',
    '2030-02-31T00:00:00Z',
    '9999-12-31T23:59:60Z',
  ),
  fc.string({ unit: 'grapheme-composite', maxLength: 20 }),
  fc.constantFrom(63, 64, 253, 254, 1_024, 1_025, 70_000).map((length) => 'a'.repeat(length)),
);
/** Admission accepts most of these. */
const nearlyRight = fc.constantFrom(
  '*',
  'a',
  'A',
  'a#',
  '#a',
  'a b',
  'аcme',
  'ａ',
  'ACME',
  'acme:user:bob',
  'a|b',
  '"',
  'a\u200b',
  'user',
  'group',
  'role',
  'acme.',
  'x@y',
  'pol-1',
  'rol-1',
  'prj-1',
);
const subject = fc.oneof(fc.record({ id: text, name: text }, { requiredKeys: [] }), fc.constant(null), text);
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: text },
  { weight: 2, arbitrary: fc.array(text, { maxLength: 3 }) },
  { weight: 2, arbitrary: fc.array(subject, { maxLength: 3 }) },
  // The form is valid, so that the values in it get past the schema.
  {
    weight: 8,
    arbitrary: fc.uniqueArray(fc.record({ id: nearlyRight, name: nearlyRight }, { requiredKeys: ['id'] }), {
      selector: ({ id }) => id,
      maxLength: 2,
    }),
  },
  { weight: 3, arbitrary: nearlyRight },
  {
    weight: 2,
    arbitrary: fc.record({
      actions: fc.array(text, { maxLength: 3 }),
      resources: fc.array(text, { maxLength: 3 }),
      effect: fc.constantFrom('allow', 'deny', 'Allow', ''),
    }),
  },
  fc.constantFrom<unknown>(
    null,
    true,
    -1,
    1.5,
    [],
    {},
    [[]],
    [{ id: 'a' }, { id: 'a' }],
    Array.from({ length: 1_001 }, (_, i) => `n${i}`),
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Generates manifests of one kind. Their tenant is `acme`, unless that field is the changed one. */
function hostileManifest(kind: Kind): fc.Arbitrary<HostileManifest> {
  const spec = SPECS[kind.kind] ?? {};
  const fields = fc.dictionary(
    fc.constantFrom(...Object.keys(spec), ...Object.keys(spec), 'unknown', '__proto__', 'username', 'conditions'),
    value,
    { minKeys: 1, maxKeys: 2, size: 'xsmall' },
  );
  const name = fc.oneof({ weight: 8, arbitrary: fc.constant('hostile') }, text);
  return fc.tuple(fields, name).map(([changes, ownName]) => {
    const metadata = kind.namespaced ? { name: ownName, namespace: 'default' } : { name: ownName };
    return {
      kind,
      manifest: {
        apiVersion: `${kind.group}/${kind.version}`,
        kind: kind.kind,
        metadata,
        spec: { ...spec, ...changes },
      },
    };
  });
}

/** Returns `each` manifests of every kind, always the same for the same seed. */
export function hostileManifests(each: number, seed: number): HostileManifest[] {
  return KINDS.flatMap((kind) => fc.sample(hostileManifest(kind), { numRuns: each, seed }));
}
