/** Holds every list of the kinds that own Rules to api/auth/owner-kinds.ts, the lists that are not TypeScript included. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadAll } from 'js-yaml';
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import { KINDS } from '../../api/kinds.ts';
import { ownerStatusFields } from '../../api/schema/status.ts';
import { mayImport } from '../../hack/checks/import-rules.ts';
import { OWNER_CONTROLLERS } from './owner-controllers.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const kinds = OWNER_KINDS.map(({ kind }) => kind).toSorted();
const folders = OWNER_CONTROLLERS.map(({ name }) => name.replace(/^steward-(.*)-controller$/, '$1'));

function admissionPolicy(file: string): string {
  return readFileSync(path.join(ROOT, 'config/admission', file), 'utf8');
}

test('each kind that owns Rules has exactly one controller', () => {
  const declared = OWNER_CONTROLLERS.flatMap(({ owners }) => owners.map(({ resource }) => resource.kind));
  assert.deepEqual(declared.toSorted(), kinds);
});

test('each kind whose status has the fields of an owner is one', () => {
  const fields = Object.keys(ownerStatusFields);
  const withOwnerStatus = KINDS.filter(({ options }) => {
    const { status } = options.parts;
    return status !== undefined && 'shape' in status && fields.every((field) => field in (status.shape as object));
  });
  assert.deepEqual(withOwnerStatus.map(({ kind }) => kind).toSorted(), kinds);
});

test('each folder with a translator of a kind is the folder of a registered controller', () => {
  const translators = globSync('controllers/*/translate.ts', { cwd: ROOT });
  assert.deepEqual(translators.map((file) => path.basename(path.dirname(file))).toSorted(), folders.toSorted());
  for (const folder of folders) assert.ok(existsSync(path.join(ROOT, 'controllers', folder, 'main.ts')), folder);
});

test('the CLI may import the registry, and no controller directly', () => {
  assert.ok(mayImport('cli', 'controllers/registry'));
  for (const folder of folders) assert.ok(!mayImport('cli', `controllers/${folder}`), folder);
});

test('admission lets the controller of each kind, and no other, write Rules that this kind owns', () => {
  const writers = [...admissionPolicy('rule-writers.yaml').matchAll(/'(\w+)': 'system:serviceaccount:[^:]+:([^']+)'/g)];
  assert.deepEqual(
    writers.map(([, kind, account]) => `${kind} ${account}`).toSorted(),
    OWNER_CONTROLLERS.flatMap(({ name, owners }) =>
      owners.map(({ resource }) => `${resource.kind} ${name}`),
    ).toSorted(),
  );
});

test('admission keeps every kind that owns Rules within its tenant', () => {
  const [policy] = loadAll(admissionPolicy('tenant-boundary.yaml')) as [TenantBoundary];
  const guarded = policy.spec.matchConstraints.resourceRules.find(({ apiGroups }) =>
    apiGroups.includes('auth.tkestack.io'),
  );
  assert.deepEqual(guarded?.resources.toSorted(), OWNER_KINDS.map(({ plural }) => plural).toSorted());
});

interface TenantBoundary {
  readonly spec: {
    readonly matchConstraints: {
      readonly resourceRules: readonly { readonly apiGroups: string[]; readonly resources: string[] }[];
    };
  };
}
