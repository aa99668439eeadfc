/**
 * `make run`: the main job on real parts. Starts a control plane and every process, applies config/samples, asks the
 * sample questions of the kube-apiserver, plays the life of a cluster (config/samples-clusters), and stays up. With ONCE=1
 * it ends then: exit code 0 when everything went as it should. `--directory` says where data, certificates and logs go.
 */
import path from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { findBinaries } from '../../clusters/controlplane/binaries.ts';
import { RELEASES } from '../../clusters/controlplane/release.ts';
import { playClusters } from './cluster-act.ts';
import { explained, openHub } from './explained.ts';
import { type AskedQuestion, ask, discoverGroups, readQuestions } from './questions.ts';
import { applySamples, SAMPLES } from './samples.ts';
import { type Stack, startStack } from './stack.ts';
import { wrap } from './wrap.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const { values } = parseArgs({ options: { directory: { type: 'string', default: path.join(ROOT, '.steward/run') } } });
const DIRECTORY = path.resolve(values.directory);
const PARALLEL = 3;

const started = Date.now();
const log = (line: string): void =>
  console.error(`${((Date.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

// The cluster of the second act is upgraded from one to the other.
for (const release of RELEASES) await findBinaries({ release, log });
const stack = await startStack({ directory: DIRECTORY, log });
let stopping: Promise<never> | undefined;
const end = (code: number): void => {
  stopping ??= stop(stack, code);
};
process.on('SIGINT', () => end(130));
process.on('SIGTERM', () => end(143));

try {
  log('applying config/samples, and waiting until every object is in force');
  await applySamples(stack);
  const wrong = (await askAll(stack)) + (await play(stack));
  if (process.env['ONCE'] === '1') end(wrong === 0 ? 0 : 1);
  else invite(stack);
} catch (error) {
  console.error(error);
  end(1);
}

async function askAll({ controlPlane }: Stack): Promise<number> {
  const questions = await readQuestions(path.join(SAMPLES, 'questions.yaml'));
  log(`asking ${questions.length} questions of the kube-apiserver`);
  const groupOf = await discoverGroups(controlPlane);
  const answers: Promise<AskedQuestion>[] = [];
  for (const [i, question] of questions.entries()) {
    // No more than a few at once, and the table in its order.
    await answers[i - PARALLEL];
    answers.push(ask(controlPlane, question, groupOf));
  }
  const asked = await Promise.all(answers);
  const hub = await openHub(controlPlane.kubeconfig);
  for (const [i, each] of asked.entries()) console.log(`\n${row(i + 1, each, await explained(each.question, hub))}`);
  await hub.close();
  const wrong = asked.filter(({ right }) => !right).length;
  const verdict = wrong === 0 ? 'every answer is right' : `${wrong} answers are WRONG`;
  console.log(`\n${asked.length} questions: ${verdict}`);
  return wrong;
}

async function play(running: Stack): Promise<number> {
  log('playing the life of a cluster of the shop, from config/samples-clusters to its end');
  const wrong = await playClusters(running, DIRECTORY, (line) => console.log(line));
  console.log(`\nthe cluster: ${wrong === 0 ? 'everything went as it should' : `${wrong} things went WRONG`}`);
  log('done');
  return wrong;
}

/** The question, what the user is told, and below it why: the chain that decided, or that came nearest. */
function row(
  number: number,
  { question, command, answer, reason, right }: AskedQuestion,
  why: readonly string[],
): string {
  const mark = right ? answer : `${answer}, but expected ${question.expect}`;
  const colour = right ? (answer === 'yes' ? 'green' : 'yellow') : 'red';
  const indent = ' '.repeat(9);
  return [
    `${String(number).padStart(3)}  ${styleText(colour, mark.padEnd(3))} ${question.say}`,
    `${indent}${styleText('dim', command)}`,
    ...wrap(reason).map((line) => indent + line),
    ...why.map((line) => styleText('dim', `${indent}  ${line}`)),
  ].join('\n');
}

function invite({ controlPlane, processes }: Stack): void {
  console.log(`
Everything stays up until Ctrl-C. In another terminal:

  export KUBECONFIG=${controlPlane.kubeconfig}
  kubectl get steward                                    # all objects, and the Rules that they became
  kubectl get rules --field-selector=spec.ptype=g        # who belongs to what
  kubectl auth can-i create deployments -n shop-dev --as bob --as-group tenant:acme
  node cli/main.ts explain delete pods/web -n shop-prod --as bob --tenant acme
  kubectl delete grant gnt-acme-shop-owners              # and ask again

Logs are in ${path.relative(process.cwd(), DIRECTORY) || '.'}; health and metrics of each process:
${[...processes.values()].map(({ product, health }) => `  ${product.access.name.padEnd(44)} ${health}/readyz`).join('\n')}`);
}

async function stop(running: Stack, code: number): Promise<never> {
  log('stopping every process');
  await running.stop();
  process.exit(code);
}
