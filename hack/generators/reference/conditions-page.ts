/** The registries of reasons, and the types of conditions → their page. Pure. */
import type { ReasonDoc } from '../../../api/schema/reason.ts';
import { code, contents, page, prose, sortedBy, table } from './markdown.ts';

/** What one kind, or several alike, say in their conditions and events. */
export interface ConditionSection {
  readonly title: string;
  readonly intro: string;
  /** Meanings by the type of the condition. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly reasons: Readonly<Record<string, ReasonDoc>>;
}

/** A provider of clusters: each of its steps has a condition. */
export interface ProviderSteps {
  readonly type: string;
  readonly steps: readonly StepDoc[];
  readonly stop?: readonly StepDoc[] | undefined;
  readonly removal: readonly StepDoc[];
}

export interface StepDoc {
  readonly condition: string;
  /** What the step is doing, such as "starting etcd". */
  readonly doing: string;
}

const STEPS_TITLE = 'Steps of a Cluster';

const INTRO = `Every condition of every kind, and every reason in a condition or an event. A reason is stable: scripts may match it. A message is
not.

    kubectl get grants -o wide                             # the column REASON is that of the condition Ready
    kubectl wait --for=condition=Ready grants/NAME
    kubectl get events --field-selector involvedObject.name=NAME`;

export function conditionsPage(sections: readonly ConditionSection[], providers: readonly ProviderSteps[]): string {
  return page(
    'Conditions, reasons and events',
    INTRO,
    contents([...sections.map(({ title }) => title), STEPS_TITLE]),
    ...sections.flatMap(sectionBlocks),
    ...stepBlocks(providers),
  );
}

function sectionBlocks({ title, intro, conditions, reasons }: ConditionSection): readonly string[] {
  return [
    `## ${title}`,
    intro,
    table(
      ['Condition', 'Meaning'],
      sortedBy(Object.entries(conditions), ([type]) => type).map(([type, meaning]) => [code(type), meaning]),
    ),
    table(
      ['Reason', 'Meaning', 'What to do'],
      sortedBy(Object.entries(reasons), ([reason]) => reason).map(([reason, { meaning, action }]) => [
        code(reason),
        inText(meaning),
        inText(action),
      ]),
    ),
  ];
}

function stepBlocks(providers: readonly ProviderSteps[]): readonly string[] {
  const rows = providers.flatMap(({ type, steps, stop = [], removal }) => [
    ...rowsOf(type, 'create and update', steps),
    ...rowsOf(type, 'stop', stop),
    ...rowsOf(type, 'delete', removal),
  ]);
  return [
    `## ${STEPS_TITLE}`,
    'Each step has a condition with its name. It is True when the step is done for the current generation. The steps of a type run in this order.',
    table(['Type', 'When', 'Condition', 'What the step does'], rows),
  ];
}

function rowsOf(type: string, when: string, steps: readonly StepDoc[]): readonly (readonly string[])[] {
  return steps.map(({ condition, doing }) => [code(type), when, code(condition), prose(doing)]);
}

/** Registries write code in backticks already; everything else is plain text. */
function inText(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : prose(part)))
    .join('');
}
