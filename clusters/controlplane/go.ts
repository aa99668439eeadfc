/** Runs Go for a build that takes minutes, and tells how far it is. Called by what builds programs from modules. */
import { spawn } from 'node:child_process';

const REPORT_MS = 10_000;

export interface GoBuild {
  /** The folder of the module. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
}

/** How many packages a build takes, counted with `go list ARGS`; says how many modules it downloads for that. */
export async function countPackages(args: readonly string[], { directory, env, log }: GoBuild): Promise<number> {
  let lines = 0;
  let downloads = 0;
  await run(['list', '-deps', '-f', '{{.ImportPath}}', ...args], directory, env, (line, stream) => {
    if (stream === 'stdout') lines += 1;
    else if (line.startsWith('go: downloading') && ++downloads % 50 === 0) log(`  ${downloads} modules downloaded`);
  });
  return lines;
}

/** Tells every few seconds how far it is. `go build -v` names each package that it compiles, not those that its cache holds. */
export async function compile(args: readonly string[], total: number, { directory, env, log }: GoBuild): Promise<void> {
  const start = Date.now();
  let compiled = 0;
  const timer = setInterval(() => {
    log(`  ${compiled} of at most ${total} packages compiled, ${Math.round((Date.now() - start) / 1_000)} s`);
  }, REPORT_MS);
  try {
    await run(args, directory, env, () => (compiled += 1));
  } finally {
    clearInterval(timer);
  }
}

function run(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  onLine: (line: string, stream: 'stdout' | 'stderr') => unknown,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
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
