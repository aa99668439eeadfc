/** Runs the engines to be measured and checks that they agree. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { decide } from '../authorization/engine/decide.ts';
import { RuleIndex } from '../authorization/engine/rule-index.ts';
import { parseRulesCsv } from '../cli/rules-csv.ts';
import { cacheRoot } from '../clusters/controlplane/release.ts';
import type { DataFiles } from './data-files.ts';
import { type Measured, readRequests } from './measure.ts';

const run = promisify(execFile);
const PEERS = path.join(import.meta.dirname, 'peers');
const PROGRAM = peersProgram();

export interface BenchedEngine {
  readonly name: string;
  run(files: DataFiles, seconds: number): Promise<Measured>;
}

const inNode = (name: string): BenchedEngine => ({
  name,
  run: (files, seconds) =>
    figures(process.execPath, [
      '--expose-gc',
      '--max-old-space-size=8192',
      path.join(import.meta.dirname, `${name}.ts`),
      files.rules,
      files.requests,
      String(seconds),
    ]),
});
const inGo = (name: string): BenchedEngine => ({
  name,
  run: (files, seconds) =>
    figures(PROGRAM, [name, '--rules', files.rules, '--requests', files.requests, '--seconds', String(seconds)]),
});

export const ENGINES: readonly BenchedEngine[] = [
  inNode('steward'),
  inNode('node-casbin'),
  inGo('casbin'),
  inGo('opa'),
  inGo('rbac'),
];

/** Builds the Go peers, unless the cache holds this version of them. */
export async function prepareEngines(say: (line: string) => void): Promise<void> {
  if (existsSync(PROGRAM)) return;
  say('building the Go peers (casbin, OPA, the RBAC authorizer of Kubernetes); this takes some minutes, once');
  mkdirSync(path.dirname(PROGRAM), { recursive: true });
  await run('go', ['build', '-trimpath', '-o', PROGRAM, '.'], {
    cwd: PEERS,
    env: { ...process.env, CGO_ENABLED: '0' },
  });
}

/**
 * Throws unless casbin and OPA decide like Steward: a faster engine with other answers is no peer. RBAC has no denies
 * and is not compared.
 */
export async function checkAgreement(files: DataFiles, folder: string, say: (line: string) => void): Promise<void> {
  const index = new RuleIndex();
  for (const { line, number } of parseRulesCsv(readFileSync(files.rules, 'utf8'), files.rules))
    index.set(line, { rule: String(number), ownerKind: '', ownerName: '' });
  const ours = readRequests(files.requests).map(
    ({ sub, dom, obj, act }) => decide(index, { subjects: [sub], domain: dom, object: obj, action: act }, 0).verdict,
  );
  for (const name of ['casbin', 'opa']) {
    const out = path.join(folder, `${name}.txt`);
    await run(PROGRAM, [
      name,
      '--rules',
      files.rules,
      '--requests',
      files.requests,
      '--seconds',
      '1',
      '--decisions',
      out,
    ]);
    const theirs = readFileSync(out, 'utf8').trimEnd().split('\n');
    const different = theirs.findIndex((verdict, i) => (verdict === 'allow') !== (ours[i] === 'allow'));
    if (different !== -1)
      throw new Error(
        `${name} answers ${theirs[different]} to request ${different + 1} of ${files.requests}; steward answers ${ours[different]}`,
      );
    say(`  ${name} agrees on the ${theirs.length} requests that it decided in a second`);
  }
}

async function figures(program: string, args: readonly string[]): Promise<Measured> {
  const { stdout } = await run(program, args);
  return JSON.parse(stdout) as Measured;
}

/** The path contains a digest of the sources, so that changed sources are built again. */
function peersProgram(): string {
  const sources = globSync('*.{go,mod,sum}', { cwd: PEERS })
    .filter((file) => !file.endsWith('_test.go'))
    .sort();
  const digest = createHash('sha256');
  for (const file of sources) digest.update(file).update(readFileSync(path.join(PEERS, file)));
  return path.join(cacheRoot(), 'bench-peers', digest.digest('hex').slice(0, 12), 'peers');
}
