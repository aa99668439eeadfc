/**
 * `make run`: shows on this machine what Steward does. Starts a control plane and every process, applies config/samples
 * and asks its questions (the first act), plays the life of a cluster from config/samples-clusters (the second act), and
 * stays up until Ctrl-C. With ONCE=1 it ends after the second act; the exit code is 0 when everything went as expected.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findBinaries } from '../../clusters/controlplane/binaries.ts';
import { RELEASES } from '../../clusters/controlplane/release.ts';
import { lockDirectory } from '../controlplane/directory-lock.ts';
import { Interrupted, interruptSignal, untilAborted } from '../controlplane/interrupt.ts';
import { type BackgroundBuild, buildInBackground } from './background-build.ts';
import { playClusters } from './cluster-act.ts';
import { askQuestions } from './question-act.ts';
import { applySamples } from './samples.ts';
import { type Stack, startStack, supervisedIn } from './stack.ts';
import { supervise } from './supervise.ts';

const HELP = `usage: node hack/local/run.ts [flags]

  --directory=PATH   where data, certificates and logs go (default .steward/run)
  --help             show this help

With ONCE=1 in the environment it ends after the second act.
`;

const { values } = parseArgs({ options: { directory: { type: 'string' }, help: { type: 'boolean' } } });
const directory = path.resolve(values.directory ?? path.join(import.meta.dirname, '../../.steward/run'));
const started = Date.now();
const interrupt = interruptSignal();
const ending = new AbortController();
/** What runs and has to be stopped. */
const running: { stack?: Stack; builds: readonly BackgroundBuild[] } = { builds: [] };

if (values.help === true) process.stdout.write(HELP);
else process.exit(await main());

function log(line: string): void {
  console.error(`${((Date.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);
}

/** Prints what the acts show. After an interrupt their commands fail, which would only confuse. */
function print(text: string): void {
  if (!interrupt.aborted) console.log(text);
}

async function main(): Promise<number> {
  let code = 1;
  try {
    code = await run();
  } catch (error) {
    if (error instanceof Interrupted) code = error.exitCode;
    else console.error(error instanceof Error ? `\n${error.message}` : error);
  }
  await stop();
  return code;
}

/** Returns the exit code. Throws Interrupted on Ctrl-C, with the build that was under way cleaned up. */
async function run(): Promise<number> {
  await lockDirectory(directory);
  const [newest, ...older] = RELEASES;
  await findBinaries({ release: newest, log, signal: interrupt });
  running.builds = older.map((release) => buildInBackground(release, { log }));
  return untilAborted(play(), interrupt);
}

/** Returns the exit code with ONCE=1, and never otherwise. */
async function play(): Promise<number> {
  const stack = await startStack({ directory, log });
  running.stack = stack;
  for (const each of supervisedIn(stack))
    void supervise(each, { log, signal: AbortSignal.any([interrupt, ending.signal]) });
  const unexpected = (await playFirstAct(stack)) + (await playSecondAct(stack));
  if (process.env['ONCE'] === '1') return unexpected === 0 ? 0 : 1;
  print(invitation(stack));
  return new Promise(() => undefined);
}

async function playFirstAct(stack: Stack): Promise<number> {
  log('applying config/samples and waiting until every object is Ready');
  await applySamples(stack);
  log('first act: questions to the kube-apiserver');
  return askQuestions(stack.controlPlane, print);
}

async function playSecondAct(stack: Stack): Promise<number> {
  try {
    for (const build of running.builds) await build.finish();
  } catch (error) {
    print(`\nThere is no second act: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  log('second act: the life of a cluster');
  const unexpected = await playClusters(stack, directory, print);
  log('done');
  return unexpected;
}

function invitation({ controlPlane, processes }: Stack): string {
  const width = Math.max(...[...processes.values()].map(({ product }) => product.access.name.length)) + 2;
  const health = [...processes.values()].map(
    ({ product, health: url }) => `  ${product.access.name.padEnd(width)}${url}/readyz`,
  );
  return `
Everything stays up until Ctrl-C; a process that exits is restarted. Try in another terminal:

  export KUBECONFIG=${controlPlane.kubeconfig}
  kubectl get steward                                    # all objects that users apply
  kubectl get rules --field-selector=spec.ptype=g        # who belongs to what
  kubectl auth can-i create deployments -n shop-dev --as bob --as-group tenant:acme
  node cli/main.ts explain delete pods/web -n shop-prod --as bob --tenant acme
  kubectl delete grant gnt-acme-shop-owners              # then ask again

Logs are in ${path.relative(process.cwd(), directory) || '.'}. Health of each process (and /metrics beside it):
${health.join('\n')}`;
}

async function stop(): Promise<void> {
  ending.abort();
  if (running.stack !== undefined) log('stopping every process');
  await Promise.all(running.builds.map((build) => build.stop()));
  await running.stack?.stop();
}
