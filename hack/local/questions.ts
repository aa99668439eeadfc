/**
 * Asks the questions of config/samples/questions.yaml of the real kube-apiserver. The answer comes from `kubectl auth can-i`,
 * the reason from a SelfSubjectAccessReview of the same content: kubectl shows the reason of a refusal only.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { load } from 'js-yaml';
import * as z from 'zod';
import { tenantGroup } from '../../api/installation.ts';
import type { ControlPlane } from '../controlplane/controlplane.ts';

const questionSchema = z.strictObject({
  say: z.string(),
  tenant: z.string(),
  user: z.string(),
  groups: z.array(z.string()).default([]),
  /** Arguments of `kubectl auth can-i`. */
  ask: z.array(z.string()).min(2),
  expect: z.enum(['yes', 'no']),
  because: z.string(),
});

export type Question = z.infer<typeof questionSchema>;

export interface AskedQuestion {
  readonly question: Question;
  /** The command line as a user would type it. */
  readonly command: string;
  /** `yes`, `no`, or what went wrong. */
  readonly answer: string;
  readonly reason: string;
  readonly isExpected: boolean;
}

/** Throws when the file has a question that can't be asked. */
export async function readQuestions(file: string): Promise<Question[]> {
  const result = z.array(questionSchema).safeParse(load(await readFile(file, 'utf8')));
  if (!result.success) throw new Error(`${file}: ${z.prettifyError(result.error)}`);
  return result.data;
}

/** Asks one question. `groupOf` returns the API group of a resource. */
export async function askQuestion(
  controlPlane: ControlPlane,
  question: Question,
  groupOf: (resource: string) => string,
): Promise<AskedQuestion> {
  const as = [
    '--as',
    question.user,
    ...[tenantGroup(question.tenant), ...question.groups].flatMap((group) => ['--as-group', group]),
  ];
  const args = ['auth', 'can-i', ...question.ask, ...as];
  const review = JSON.stringify(reviewOf(question.ask, groupOf));
  const [canI, reviewed] = await Promise.all([
    controlPlane.kubectl(args),
    controlPlane.kubectl(['create', '--validate=false', '-f', '-', '-o', 'json', ...as], review),
  ]);
  const answer = canI.stdout.trim().split(/\s/, 1)[0] ?? '';
  const reason = reasonOf(reviewed.stdout, answer);
  return {
    question,
    command: `kubectl ${args.join(' ')}`,
    answer: answer === '' ? `failed: ${canI.stderr.trim()}` : answer,
    reason: reason ?? `the SelfSubjectAccessReview decides otherwise: ${reviewed.stderr}${reviewed.stdout}`,
    isExpected: reason !== undefined && answer === question.expect,
  };
}

/** The reason of a review that decides like `answer`; undefined otherwise, since it would explain another decision. */
function reasonOf(review: string, answer: string): string | undefined {
  const result = reviewStatus.safeParse(review === '' ? undefined : JSON.parse(review));
  const { allowed, reason = '' } = result.data?.status ?? {};
  return allowed !== undefined && (allowed ? 'yes' : 'no') === answer ? reason : undefined;
}

const reviewStatus = z.object({ status: z.object({ allowed: z.boolean(), reason: z.string().optional() }) });

/** Returns a function from the plural of a resource to its API group, as the API server lists them. */
export async function discoverGroups(controlPlane: ControlPlane): Promise<(resource: string) => string> {
  const { stdout } = await controlPlane.kubectl(['api-resources', '-o', 'name']);
  const groups = new Map<string, string>();
  for (const name of stdout.split('\n')) {
    const [resource = '', ...group] = name.trim().split('.');
    // As kubectl does: the first group that is listed wins; core comes first.
    if (!groups.has(resource)) groups.set(resource, group.join('.'));
  }
  return (resource) => groups.get(resource) ?? '';
}

/** Translates the arguments of `kubectl auth can-i` into a SelfSubjectAccessReview. */
function reviewOf(args: readonly string[], groupOf: (resource: string) => string): object {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      namespace: { type: 'string', short: 'n', default: 'default' },
      'all-namespaces': { type: 'boolean', short: 'A', default: false },
      subresource: { type: 'string', default: '' },
    },
  });
  const [verb = '', what = ''] = positionals;
  const spec = what.startsWith('/')
    ? { nonResourceAttributes: { verb, path: what } }
    : {
        resourceAttributes: {
          verb,
          ...named(what, groupOf),
          subresource: values.subresource,
          namespace: values['all-namespaces'] ? '' : values.namespace,
        },
      };
  return { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
}

/** `RESOURCE[.GROUP][/NAME]` */
function named(what: string, groupOf: (resource: string) => string): { group: string; resource: string; name: string } {
  const [typed = '', name = ''] = what.split('/');
  const [resource = '', ...group] = typed.split('.');
  return { group: group.length > 0 ? group.join('.') : groupOf(resource), resource, name };
}
