/** Runs the commands that ask about permissions on files and manifests. On a hub: test/integration/cli.test.ts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { load } from 'js-yaml';

const ROOT = path.dirname(import.meta.dirname);
const SAMPLES = path.join(ROOT, 'config/samples');
const folder = mkdtempSync(path.join(tmpdir(), 'steward-cli-'));
after(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function steward(args: readonly string[], input = ''): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'cli/main.ts'), ...args], {
    input,
    encoding: 'utf8',
    cwd: folder,
    env: { ...process.env, KUBECONFIG: path.join(folder, 'no-such-kubeconfig') },
  });
  return { code: status, out: stdout, err: stderr };
}

function file(name: string, text: string): string {
  writeFileSync(path.join(folder, name), text);
  return name;
}

const POLICY = `
apiVersion: auth.tkestack.io/v1
kind: Policy
metadata: {name: pol-pods}
spec:
  tenantID: acme
  statement: {effect: allow, actions: [get*], resources: ["*pod:*"]}
  users: [{id: alice}]
`;
const GRANT = `
apiVersion: auth.tkestack.io/v1
kind: Grant
metadata: {name: gnt-year}
spec: {tenantID: acme, scope: platform, policies: [pol-pods], users: [{id: bob}], notAfter: "2027-01-01T00:00:00Z"}
`;

const RULES = 'p, admin, *, "data,1", *, allow\np, mallory, *, *, *, deny\ng, alice, admin, prj\n';
const asked = (sub: string, dom: string, obj = 'data,1'): string => JSON.stringify({ sub, dom, obj, act: 'read' });

test('decide prints one decision per request, in the same order', () => {
  const requests = file(
    'q.jsonl',
    [asked('alice', 'prj'), asked('alice', ''), '', asked('mallory', 'x'), asked('nobody', 'prj')].join('\n'),
  );
  const { code, out } = steward(['decide', '--rules', file('r.csv', RULES), '--requests', requests]);
  assert.equal(code, 0);
  assert.deepEqual(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
    ['allow', 'none', 'deny', 'none'].map((decision) => ({ decision })),
  );
});

test('decide --explain adds the chains with file and line', () => {
  const { out } = steward([
    'decide',
    '--rules',
    file('r.csv', RULES),
    '--requests',
    file('q.jsonl', asked('alice', 'prj')),
    '--explain',
  ]);
  const { decision, chains } = JSON.parse(out);
  assert.equal(decision, 'allow');
  assert.deepEqual([chains[0].links[0].rule, chains[0].line.rule], ['r.csv:3', 'r.csv:1']);
});

const BAD_FILES: Record<string, { rules?: string; requests?: string; err: RegExp }> = {
  'a line that is no rule': { rules: `${RULES}p, x`, err: /^error: r\.csv:4: a p line needs 5 fields/ },
  'a request that is not JSON': { requests: `${asked('a', '')}\n{"sub"`, err: /^error: q\.jsonl:2: not JSON: / },
  'a request without a field': { requests: '{"sub":"a","dom":"","obj":"o"}', err: /^error: q\.jsonl:1: act: / },
  'a request with a number': { requests: '{"sub":1,"dom":"","obj":"o","act":"a"}', err: /^error: q\.jsonl:1: sub: / },
};
for (const [name, { rules = RULES, requests = asked('alice', 'prj'), err }] of Object.entries(BAD_FILES)) {
  test(`decide refuses ${name}, names file and line, and prints no decision`, () => {
    const ran = steward([
      'decide',
      '--rules',
      file('r.csv', rules),
      '--requests',
      file('q.jsonl', `${asked('alice', 'prj')}\n${requests}`.split('\n').slice(1).join('\n')),
    ]);
    assert.deepEqual([ran.code, ran.out], [2, '']);
    assert.match(ran.err, err);
  });
}

test('can-i answers from a kustomization, and by exit code', () => {
  const yes = steward(['can-i', 'get', 'pods/web', '-n', 'shop-dev', '--as', 'bob', '--tenant', 'acme', '-f', SAMPLES]);
  assert.equal(yes.code, 0, yes.err);
  assert.match(
    yes.out,
    /^yes - bob of tenant acme may getPod on namespace:shop-dev\/pod:web in project prj-acme-shop: .*Policy \S+ allows /,
  );
  const no = steward([
    'can-i',
    'get',
    'pods/web',
    '-n',
    'shop-dev',
    '--as',
    'nobody',
    '--tenant',
    'acme',
    '-f',
    SAMPLES,
  ]);
  assert.equal(no.code, 1);
  assert.match(no.out, /^no - nobody of tenant acme/);
});

test('can-i reads standard input, folders and several files, and accepts the words of a policy', () => {
  const all = [POLICY, GRANT].map((text, i) => file(`m${i}.yaml`, text));
  const ask = ['can-i', 'getPod', 'cluster:cls-x/namespace:dev/pod:web', '--as', 'alice', '--tenant', 'acme'];
  assert.equal(steward([...ask, '-f', '-'], `${POLICY}---${GRANT}`).code, 0);
  assert.equal(steward([...ask, '-f', all[0] ?? '', '-f', all[1] ?? '']).code, 0);
  assert.equal(
    steward([
      'can-i',
      'get',
      'po/web',
      '-n',
      'dev',
      '--cluster',
      'cls-x',
      '--as',
      'alice',
      '--tenant',
      'acme',
      '-f',
      '.',
    ]).code,
    0,
  );
  assert.equal(steward(['can-i', 'deletePod', 'pod:web', '--as', 'alice', '--tenant', 'acme', '-f', '.']).code, 1);
});

test('--at answers for a time before or after the end of a grant', () => {
  const ask = ['can-i', 'get', 'pods/web', '--as', 'bob', '--tenant', 'acme', '-f', '-', '--at'];
  assert.equal(steward([...ask, '2026-12-31T23:59:59Z'], `${POLICY}---${GRANT}`).code, 0);
  assert.equal(steward([...ask, '2027-01-01T00:00:00Z'], `${POLICY}---${GRANT}`).code, 1);
});

test('--project treats an object as part of a project', () => {
  const grant = GRANT.replace('scope: platform', 'scope: project, projectID: prj-1');
  const ask = ['can-i', 'get', 'pods/web', '--as', 'bob', '--tenant', 'acme', '-f', '-'];
  assert.equal(steward(ask, `${POLICY}---${grant}`).code, 1);
  assert.equal(steward([...ask, '--project', 'prj-1'], `${POLICY}---${grant}`).code, 0);
});

test('explain prints the chains as a tree, or as data', () => {
  const args = ['explain', 'get', 'pods/web', '-n', 'dev', '--as', 'alice', '--tenant', 'acme', '-f', '-'];
  const { code, out } = steward(args, POLICY);
  assert.equal(code, 0);
  assert.match(
    out,
    /^allow: getPod on namespace:dev\/pod:web\nuser alice of tenant acme\n└─ Policy pol-pods {2}\(Policy pol-pods, rule rul-\w+\)\n {3}└─ allows get\* on \*pod:\* {2}/,
  );
  const data = JSON.parse(steward([...args, '-o', 'json'], POLICY).out);
  assert.deepEqual([data.verdict, data.chains.length, data.request.action], ['allow', 1, 'getPod']);
  assert.deepEqual(load(steward([...args, '-o', 'yaml'], POLICY).out), data);
});

test('explain shows what came nearest, and who can grant it', () => {
  const { out } = steward([
    'explain',
    'get',
    'secrets/x',
    '-n',
    'shop-dev',
    '--as',
    'erin',
    '--tenant',
    'acme',
    '-f',
    SAMPLES,
  ]);
  assert.match(out, /^none: getSecret on namespace:shop-dev\/secret:x in project prj-acme-shop\n/);
  assert.match(out, /Nearest, but it has ended:\nuser erin of tenant acme\n└─ group grp-acme-contractors/);
  assert.match(out, /Policies that would allow it: .*pol-acme-configuration-full/);
  assert.match(out, /who can grant it: alice/);
});

test('who-can lists users and groups, and those blocked by a deny', () => {
  const { out } = steward(['who-can', 'delete', 'pods', '-n', 'shop-prod', '-f', SAMPLES]);
  assert.match(out, /Blocked by a deny:\n.*\n(.*\n)*user +bob +acme/);
  const data = JSON.parse(steward(['who-can', 'get', 'pods/web', '-n', 'shop-dev', '-f', SAMPLES, '-o', 'json']).out);
  assert.equal(data.project, 'prj-acme-shop');
  assert.ok(data.users.includes('acme##user##bob'));
});

test('what-can groups permissions by project and object, and lists every line with -o wide', () => {
  const ask = ['what-can', '--as', 'bob', '--tenant', 'acme', '-f', SAMPLES];
  const { out } = steward(ask);
  assert.match(out, /^Everywhere\n {2}denied on \*namespace:shop-prod/);
  assert.match(out, /\nProject prj-acme-shop\n(.+\n)* {4}deployments: get list watch create update delete\n/);
  assert.match(
    out,
    /\nProject prj-acme-shop\n(.+\n)* {4}but denied on \*namespace:shop-prod.*\n(.+\n)* {6}any kind: delete\n/,
  );
  const wide = steward([...ask, '-o', 'wide']).out;
  assert.match(wide, /^PROJECT +EFFECT +OBJECT +POLICY +ACTIONS\n\* +deny +\*namespace:shop-prod/);
  assert.match(wide, /\nprj-acme-shop +allow +/);
  assert.equal(steward(['what-can', '--as', 'nobody', '--tenant', 'none', '-f', SAMPLES]).out, 'nothing\n');
});

const MISTAKES: Record<string, { args: string[]; input?: string; err: RegExp }> = {
  'a missing user': { args: ['can-i', 'get', 'pods', '-f', '-'], err: /add --as USER --tenant TENANT/ },
  'a missing tenant': {
    args: ['can-i', 'get', 'pods', '--as', 'a', '-f', '-'],
    err: /--as a needs a tenant: add --tenant/,
  },
  'a missing file': {
    args: ['can-i', 'get', 'pods', '--as', 'a', '--tenant', 't', '-f', 'nowhere'],
    err: /^error: nowhere: no such file/,
  },
  'invalid YAML': {
    args: ['what-can', '--as', 'a', '--tenant', 't', '-f', '-'],
    input: 'a: [',
    err: /^error: standard input: /,
  },
  'an object without a kind': {
    args: ['what-can', '--as', 'a', '--tenant', 't', '-f', '-'],
    input: 'apiVersion: v1',
    err: /^error: standard input, document 1: kind is missing; metadata is missing/,
  },
  'a field of the wrong type': {
    args: ['what-can', '--as', 'a', '--tenant', 't', '-f', '-'],
    input: POLICY.replace('[get*]', '7'),
    err: /^error: Policy pol-pods: .*\n.*spec\.statement\.actions/,
  },
  'an object twice': {
    args: ['what-can', '--as', 'a', '--tenant', 't', '-f', '-'],
    input: `${POLICY}---${POLICY}`,
    err: /^error: Policy pol-pods is declared twice/,
  },
  'an invalid time': {
    args: ['can-i', 'get', 'pods', '--at', 'soon', '-f', '-'],
    err: /^error: --at soon: not a time/,
  },
  'an unknown output format': {
    args: ['can-i', 'get', 'pods', '-o', 'xml', '-f', '-'],
    err: /^error: .*-o.*xml.*json, yaml/,
  },
  'a missing kubeconfig': {
    args: ['can-i', 'get', 'pods'],
    err: /^error: cannot read the kubeconfig.*\nName a hub with --kubeconfig or KUBECONFIG, or read manifests with -f/,
  },
  'a misspelt command': { args: ['can-y'], err: /unknown command 'can-y'\n.*can-i/ },
  'a missing argument': { args: ['can-i', 'get'], err: /missing required argument 'resource\|object'\n.*--help/ },
};
for (const [name, { args, input = '', err }] of Object.entries(MISTAKES)) {
  test(`exit code 2 and a plain message for ${name}`, () => {
    const ran = steward(args, input);
    assert.deepEqual([ran.code, ran.out], [2, ''], ran.err);
    assert.match(ran.err, err);
    assert.doesNotMatch(ran.err, /\n {4}at /, 'no stack trace');
  });
}

describe('the check for CI in docs/kubectl-steward.md', () => {
  const text = readFileSync(path.join(ROOT, 'docs/kubectl-steward.md'), 'utf8');
  const script = /^ {4}(answer=0;[^]*?)\n\n/m.exec(text)?.[1] ?? '';
  const bob = POLICY.replaceAll('alice', 'bob').replace('get*', 'delete*');

  const CASES: Record<string, { manifest: string; passes: boolean }> = {
    'passes when the answer is no': { manifest: POLICY, passes: true },
    'fails when the answer is yes': { manifest: bob, passes: false },
    'fails when a manifest cannot be read': { manifest: 'a: [', passes: false },
  };
  for (const [name, { manifest, passes }] of Object.entries(CASES)) {
    test(name, () => {
      assert.match(script, /kubectl steward can-i/);
      const cwd = mkdtempSync(path.join(folder, 'ci-'));
      mkdirSync(path.join(cwd, 'config'));
      writeFileSync(path.join(cwd, 'config/policies.yaml'), manifest);
      const program = `kubectl() { shift; "${process.execPath}" "${path.join(ROOT, 'cli/main.ts')}" "$@"; }`;
      const { status, stderr } = spawnSync('sh', ['-ec', `${program}\n${script}`], { cwd, encoding: 'utf8' });
      assert.equal(status === 0, passes, stderr);
    });
  }
});

const COMPLETIONS: Record<string, { words: string[]; lines: RegExp }> = {
  commands: { words: ['w'], lines: /^who-can\t.*\nwhat-can\t.*\n:4\n$/ },
  options: { words: ['can-i', '--ten'], lines: /^--tenant\t.*\n:4\n$/ },
  verbs: { words: ['who-can', 'del'], lines: /^delete\tverb\ndeletecollection\tverb\n:4\n$/ },
  formats: { words: ['explain', 'get', 'pods', '-o', ''], lines: /^json\t.*\nyaml\t.*\n:4\n$/ },
  'files by the shell': { words: ['can-i', '-f', ''], lines: /^:0\n$/ },
};
for (const [name, { words, lines }] of Object.entries(COMPLETIONS)) {
  test(`completion offers ${name}`, () => assert.match(steward(['__complete', ...words]).out, lines));
}
