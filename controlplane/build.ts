/** Builds the control plane from the public Go modules: six minutes once on two cores, then cached. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_RELEASE, type Release, SOURCE } from './release.ts';

const REPORT_MS = 10_000;

/** The version that the components report. Without it they call themselves v0.0.0, which kubectl and others refuse. */
function versionFlags(version: string): string {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = {
    gitVersion: version, gitMajor: major, gitMinor: minor, gitCommit: '0'.repeat(40), gitTreeState: 'clean',
    // One date for one version: a build is to come out the same.
    buildDate: '2026-01-01T00:00:00Z',
  };
  return Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`).join(' ');
}

/** Builds the program to `target`, telling `log` how far it is. Throws with Go's own words when that fails. */
export async function build(target: string, log: (line: string) => void, { kubernetes, modFile }: Release = DEFAULT_RELEASE): Promise<void> {
  const environment = { ...process.env, CGO_ENABLED: '0' };
  if (spawnSync('go', ['version']).status !== 0) {
    throw new Error(
      'no control plane binaries: install Go 1.26 or later to build them, or set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver',
    );
  }
  log(`building etcd, kube-apiserver, kube-controller-manager and kubectl ${kubernetes} from their Go modules; about six minutes, once`);
  await mkdir(path.dirname(target), { recursive: true });
  const total = await countPackages(modFile, environment, log);
  const part = `${target}.${process.pid}.part`;
  const args = ['build', `-modfile=${modFile}`, '-v', '-trimpath', '-ldflags', `-s -w ${versionFlags(kubernetes)}`, '-o', part, '.'];
  try {
    await compile(args, environment, total, log);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}

async function countPackages(modFile: string, env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<number> {
  let lines = 0;
  let downloads = 0;
  await run(['list', `-modfile=${modFile}`, '-deps', '-f', '{{.ImportPath}}', '.'], env, (line, stream) => {
    if (stream === 'stdout') lines += 1;
    else if (line.startsWith('go: downloading') && ++downloads % 50 === 0) log(`  ${downloads} modules downloaded`);
  });
  return lines;
}

/** Tells every few seconds how far it is. `go build -v` names each package that it compiles, not those that its cache holds. */
async function compile(args: readonly string[], env: NodeJS.ProcessEnv, total: number, log: (line: string) => void): Promise<void> {
  const start = Date.now();
  let compiled = 0;
  const timer = setInterval(() => {
    log(`  ${compiled} of at most ${total} packages compiled, ${Math.round((Date.now() - start) / 1_000)} s`);
  }, REPORT_MS);
  try {
    await run(args, env, () => (compiled += 1));
  } finally {
    clearInterval(timer);
  }
}

function run(args: readonly string[], env: NodeJS.ProcessEnv, onLine: (line: string, stream: 'stdout' | 'stderr') => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd: SOURCE, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const listen = (stream: 'stdout' | 'stderr'): void => {
      let rest = '';
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine(line, stream);
        if (stream === 'stderr') said = (said + chunk).slice(-4_000);
      });
    };
    listen('stdout');
    listen('stderr');
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`go ${args[0] ?? ''} failed:\n${said}`))));
  });
}
