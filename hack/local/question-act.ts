/** The first act of `make run`: asks the sample questions of the kube-apiserver and prints each answer with its reason. */
import path from 'node:path';
import { styleText } from 'node:util';
import type { ControlPlane } from '../controlplane/controlplane.ts';
import { explained, openHub } from './explained.ts';
import { type AskedQuestion, askQuestion, discoverGroups, readQuestions } from './questions.ts';
import { SAMPLES } from './samples.ts';
import { wrap } from './wrap.ts';

const PARALLEL = 3;
const INDENT = ' '.repeat(9);
const RULE_NAME = /\b(rul-\w{8})\w+/g;

/** Returns how many answers differ from the expected ones. */
export async function askQuestions(controlPlane: ControlPlane, print: (text: string) => void): Promise<number> {
  const questions = await readQuestions(path.join(SAMPLES, 'questions.yaml'));
  const groupOf = await discoverGroups(controlPlane);
  const answers: Promise<AskedQuestion>[] = [];
  for (const [i, question] of questions.entries()) {
    // A few at once; the table keeps the order of the file.
    await answers[i - PARALLEL];
    answers.push(askQuestion(controlPlane, question, groupOf));
  }
  const asked = await Promise.all(answers);
  print(`
Each question is answered by \`kubectl auth can-i\`. Below the command is the reason that the user sees, and then the chain
of objects behind it, with the Rule of each step (names of Rules are shortened).`);
  const hub = await openHub(controlPlane.kubeconfig);
  for (const [i, each] of asked.entries()) print(`\n${row(i + 1, each, await explained(each.question, hub))}`);
  await hub.close();
  const unexpected = asked.filter(({ isExpected }) => !isExpected).length;
  const summary = unexpected === 0 ? 'every answer is as expected' : `${unexpected} answers are NOT as expected`;
  print(`\n${asked.length} questions: ${summary}`);
  return unexpected;
}

/** The question and the answer, the reason that the user sees, and the chain behind it. */
function row(number: number, asked: AskedQuestion, chain: readonly string[]): string {
  const { question, command, answer, reason, isExpected } = asked;
  const mark = isExpected ? answer : `${answer}, but expected ${question.expect}`;
  const colour = isExpected ? (answer === 'yes' ? 'green' : 'yellow') : 'red';
  return [
    `${String(number).padStart(3)}  ${styleText(colour, mark.padEnd(3))} ${question.say}`,
    `${INDENT}${styleText('dim', command)}`,
    ...wrap(reason).map((line) => INDENT + line),
    ...chain.map((line) => styleText('dim', `${INDENT}  ${line.replaceAll(RULE_NAME, '$1…')}`)),
  ].join('\n');
}
