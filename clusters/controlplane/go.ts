/**
 * Builds a program from its Go module, which takes minutes, and reports progress. The control plane and the managers of
 * Cluster API in the tests are built with it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

const REPORT_MS = 10_000;
/** By `nice` and not by setpriority(2), which would leave threads of Go, and the compilers they start, as they are. */
const LOWEST = '19';
/** How much of Go's output an error quotes, in characters. */
const QUOTED = 4_000;

export interface GoProgram {
  /** The folder of the module. */
  readonly directory: string;
  /** The Go package of the program: an import path, or `.` for the module's own. */
  readonly package: string;
  /** Flags that select the module graph, for example `-modfile`. They go to `go list` as well as to `go build`. */
  readonly moduleFlags?: readonly string[];
  /** Flags of the linker beside `-s -w`. */
  readonly linkerFlags?: string;
}

export interface BuildOptions {
  readonly log: (line: string) => void;
  /** Aborting it ends Go and every process that Go started. */
  readonly signal?: AbortSignal | undefined;
  /** Gives way to everything else on this machine. */
  readonly lowPriority?: boolean | undefined;
}

/** Whether this machine has Go. */
export function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

/**
 * Builds `program` to the file `target`, which appears whole or not at all. Throws with Go's own words when the build
 * fails, and with the signal's reason when it is aborted. Nothing but Go's own caches is left behind in both cases.
 */
export async function buildGoProgram(program: GoProgram, target: string, options: BuildOptions): Promise<void> {
  const { moduleFlags = [], linkerFlags = '' } = program;
  const unique = `${target}.${process.pid}`;
  const [part, temporary] = [`${unique}.part`, `${unique}.tmp`];
  await mkdir(path.dirname(target), { recursive: true });
  await mkdir(temporary, { recursive: true });
  // Go removes its own temporary folders, but not when it is killed.
  const go = { ...options, directory: program.directory, temporary };
  const build = ['build', ...moduleFlags, '-v', '-trimpath', '-ldflags', `-s -w ${linkerFlags}`.trimEnd()];
  try {
    const total = await countPackages([...moduleFlags, program.package], go);
    await compile([...build, '-o', part, program.package], total, go);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
    await rm(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface GoRun extends BuildOptions {
  readonly directory: string;
  /** Go's temporary folder. */
  readonly temporary: string;
}

/** How many packages the build takes; reports the modules that Go downloads for the answer. */
async function countPackages(args: readonly string[], go: GoRun): Promise<number> {
  let lines = 0;
  let downloads = 0;
  await run(['list', '-deps', '-f', '{{.ImportPath}}', ...args], go, (line, stream) => {
    if (stream === 'stdout') lines += 1;
    else if (line.startsWith('go: downloading') && ++downloads % 50 === 0) go.log(`  ${downloads} modules downloaded`);
  });
  return lines;
}

/** `go build -v` names each package that it compiles, but not those that it finds in its cache: hence "at most". */
async function compile(args: readonly string[], total: number, go: GoRun): Promise<void> {
  const start = Date.now();
  let compiled = 0;
  const timer = setInterval(() => {
    go.log(`  ${compiled} of at most ${total} packages compiled, ${Math.round((Date.now() - start) / 1_000)} s`);
  }, REPORT_MS);
  try {
    await run(args, go, () => (compiled += 1));
  } finally {
    clearInterval(timer);
  }
}

type OnLine = (line: string, stream: 'stdout' | 'stderr') => unknown;

async function run(args: readonly string[], go: GoRun, onLine: OnLine): Promise<void> {
  const { signal, directory, temporary } = go;
  signal?.throwIfAborted();
  // A process group of its own, so that the compilers that Go started end with it. Without a signal it stays in ours:
  // Ctrl-C in a terminal then reaches it.
  const [program = '', ...before] = go.lowPriority === true ? ['nice', '-n', LOWEST, 'go'] : ['go'];
  const child = spawn(program, [...before, ...args], {
    cwd: directory,
    env: { ...process.env, CGO_ENABLED: '0', GOTMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: signal !== undefined,
  });
  const end = (): void => endGroup(child.pid);
  signal?.addEventListener('abort', end);
  let said = '';
  const listen = (stream: 'stdout' | 'stderr'): void => {
    let rest = '';
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line, stream);
      if (stream === 'stderr') said = (said + chunk).slice(-QUOTED);
    });
  };
  listen('stdout');
  listen('stderr');
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`go ${args[0] ?? ''} failed:\n${said}`);
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended meanwhile.
  }
}
