/** Checks every pod in the files of config/. (The kube-apiserver itself checks the restricted Pod Security Standard: chain.test.ts.) */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { loadAll } from 'js-yaml';
import * as z from 'zod';
import { PROCESSES } from './processes.ts';

const ROOT = path.dirname(import.meta.dirname);

const container = z.object({
  resources: z.object({
    requests: z.object({ cpu: z.string(), memory: z.string() }),
    limits: z.object({ memory: z.string() }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(z.object({ readOnly: z.literal(true) })).optional(),
});
/** Strict: an unexpected field, such as hostNetwork or an init container, fails the test. */
const pod = z.strictObject({
  serviceAccountName: z.string(),
  automountServiceAccountToken: z.literal(true),
  enableServiceLinks: z.literal(false),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  containers: z.array(container).length(1),
  volumes: z.array(z.strictObject({ name: z.string(), secret: z.object({ secretName: z.string() }) })).optional(),
  priorityClassName: z.string().optional(),
  topologySpreadConstraints: z.array(z.unknown()).optional(),
});
const deployment = z.object({
  kind: z.literal('Deployment'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({ template: z.object({ spec: pod }) }),
});
const account = z.object({
  kind: z.literal('ServiceAccount'),
  metadata: z.object({ name: z.string() }),
  automountServiceAccountToken: z.literal(false),
});
const anything = z.looseObject({ kind: z.string() });

function objects(kind: string): unknown[] {
  return globSync('config/{controllers,authorizer,rbac}/*.yaml', { cwd: ROOT })
    .flatMap((file) => loadAll(readFileSync(path.join(ROOT, file), 'utf8')))
    .filter((object) => anything.parse(object).kind === kind);
}

const NAMES = PROCESSES.map(({ access }) => access.name).sort();

describe('the Deployments', () => {
  const found = objects('Deployment');

  test('are those of the processes, each with a ServiceAccount of its own', () => {
    const names = found
      .map((each) => deployment.parse(each))
      .map(({ metadata, spec }) => `${metadata.name} as ${spec.template.spec.serviceAccountName}`);
    assert.deepEqual(
      names.sort(),
      NAMES.map((name) => `${name} as ${name}`),
    );
  });
  for (const each of found) {
    test(`${anything.extend({ metadata: z.object({ name: z.string() }) }).parse(each).metadata.name} has no privilege that it does not need`, () => {
      const { error } = deployment.safeParse(each);
      assert.equal(error, undefined, error === undefined ? '' : z.prettifyError(error));
    });
  }
});

test('a ServiceAccount mounts its token only into a pod that asks for it', () => {
  assert.deepEqual(
    objects('ServiceAccount')
      .map((each) => account.parse(each).metadata.name)
      .sort(),
    NAMES,
  );
});
