/**
 * config/member-authorization, applied to the generated Deployment: its flags reach the process, and Node lets it read
 * the files as a Secret mounts them. test/integration/chain.test.ts checks that kustomize gives the same result, and
 * that the API server accepts it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { load, loadAll } from 'js-yaml';
import * as z from 'zod';
import { AUTHORIZER_FILES } from '../../clusters/connections/authorization-files.ts';
import { createAuthority } from '../../clusters/controlplane/certificates.ts';
import { APP } from '../../processes/deployment.ts';
import { CLUSTER_CONTROLLER } from '../../processes/processes.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const MOUNTED = '/etc/steward/member-clusters';
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

const operations = z.array(
  z.discriminatedUnion('op', [
    z.strictObject({ op: z.literal('test'), path: z.string(), value: z.string() }),
    z.strictObject({ op: z.literal('add'), path: z.string(), value: z.unknown() }),
  ]),
);
const component = z.object({
  kind: z.literal('Component'),
  patches: z
    .array(z.object({ target: z.object({ kind: z.literal('Deployment'), name: z.string() }), patch: z.string() }))
    .length(1),
});
const pod = z.object({
  containers: z.tuple([
    z.object({
      args: z.array(z.string()),
      env: z.array(z.object({ name: z.string() })),
      volumeMounts: z.array(z.object({ mountPath: z.string(), readOnly: z.literal(true) })),
    }),
  ]),
  volumes: z.array(z.object({ secret: z.object({ items: z.array(z.object({ path: z.string() })) }) })),
});
const deployment = z.object({ spec: z.object({ template: z.object({ spec: pod }) }) });

type Node = Record<string, unknown> | unknown[];

/** Adds a value as a JSON patch does. It must not replace an existing one. */
function add(document: Node, at: string, value: unknown): void {
  const steps = at.split('/').slice(1);
  const last = steps.pop() ?? '';
  const parent = steps.reduce(
    (node, step) => (Array.isArray(node) ? node[Number(step)] : node[step]) as Node,
    document,
  );
  if (Array.isArray(parent)) parent.splice(last === '-' ? parent.length : Number(last), 0, value);
  else {
    assert.equal(parent[last], undefined, `${at} already exists`);
    parent[last] = value;
  }
}

const [patch] = component.parse(load(read('config/member-authorization/kustomization.yaml'))).patches;
const document = loadAll(read(`config/controllers/${CLUSTER_CONTROLLER.access.name}.yaml`))[0] as Node;
for (const operation of operations.parse(load(patch?.patch ?? '')))
  if (operation.op === 'add') add(document, operation.path, operation.value);
const spec = deployment.parse(document).spec.template.spec;
const [{ args, env, volumeMounts }] = spec.containers;

test('the component gives the cluster controller the address and the folder', () => {
  assert.equal(patch?.target.name, CLUSTER_CONTROLLER.access.name);
  const flags = args.slice(args.indexOf(CLUSTER_CONTROLLER.main) + 1);
  assert.deepEqual(
    flags.filter((flag) => flag.startsWith('--authorizer')),
    ['--authorizer-url=$(AUTHORIZER_URL)', `--authorizer-directory=${MOUNTED}`],
  );
  assert.deepEqual(
    [env.map(({ name }) => name), volumeMounts.map(({ mountPath }) => mountPath)],
    [['AUTHORIZER_URL'], [MOUNTED]],
  );
});

test('the component mounts every file that the controller reads', () => {
  assert.deepEqual(
    spec.volumes.flatMap(({ secret }) => secret.items.map((item) => item.path)).sort(),
    Object.values(AUTHORIZER_FILES).sort(),
  );
});

const folder = mkdtempSync(path.join(tmpdir(), 'steward-members-'));
after(() => rmSync(folder, { recursive: true }));

test('the process may read the files through the links of a Secret mount, and only with its flag', async () => {
  const authority = await createAuthority('members');
  const data = path.join(folder, '..2026');
  mkdirSync(data);
  symlinkSync('..2026', path.join(folder, '..data'));
  const files = {
    [AUTHORIZER_FILES.ca]: authority.cert,
    [AUTHORIZER_FILES.clientCa]: authority.cert,
    [AUTHORIZER_FILES.clientCaKey]: authority.key,
  };
  for (const [name, text] of Object.entries({
    ...files,
    [AUTHORIZER_FILES.configuration]: read('config/overlays/webhook-before-rbac/authorization.yaml'),
  })) {
    writeFileSync(path.join(data, name), text);
    symlinkSync(`..data/${name}`, path.join(folder, name));
  }
  const here = (flag: string): string => flag.replace(`=${APP}/`, `=${ROOT}/`).replace(MOUNTED, folder);
  const flags = args.slice(0, args.indexOf(CLUSTER_CONTROLLER.main));
  const code = `import { authorizationTexts } from '${ROOT}/clusters/connections/authorization-files.ts';
    await authorizationTexts({ url: 'https://a', directory: '${folder}' }, { cluster: 'dev', kubeconfigPath: '/k', known: undefined });`;
  const run = (given: readonly string[]): number | null =>
    spawnSync(process.execPath, [...given.map(here), '--input-type=module', '-e', code]).status;
  assert.equal(run(flags), 0);
  assert.notEqual(run(flags.filter((flag) => !flag.includes(MOUNTED))), 0);
});
