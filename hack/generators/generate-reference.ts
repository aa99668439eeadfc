/** Writes docs/reference/ from what the code declares. `--check` writes nothing and fails when a file is stale. */
import { KINDS } from '../../api/kinds.ts';
import { EXIT_CODES } from '../../cli/exit-codes.ts';
import { buildProgram } from '../../cli/program.ts';
import { PROCESSES, TANZU_CONTROLLER } from '../../processes/processes.ts';
import { writeGenerated } from './generated.ts';
import { cliPage } from './reference/cli-page.ts';
import { PROVIDERS, SECTIONS } from './reference/condition-sections.ts';
import { conditionsPage } from './reference/conditions-page.ts';
import { flagsPage } from './reference/flags-page.ts';
import { indexPage } from './reference/index-page.ts';
import { kindsPage } from './reference/kinds-page.ts';
import { sortedBy } from './reference/markdown.ts';
import { metricsPage } from './reference/metrics-page.ts';

interface Page {
  readonly file: string;
  readonly title: string;
  /** What the index says about the page. */
  readonly about: string;
  readonly text: string;
}

function kindsPages(): readonly Page[] {
  const groups = Map.groupBy(KINDS, ({ group, version }) => `${group}/${version}`);
  return sortedBy(groups, ([apiVersion]) => apiVersion).map(([apiVersion, kinds]) => ({
    file: `${apiVersion.split('/')[0]}.md`,
    title: apiVersion,
    about: sortedBy(kinds, ({ kind }) => kind)
      .map(({ kind }) => kind)
      .join(', '),
    text: kindsPage(apiVersion, kinds),
  }));
}

const pages: readonly Page[] = [
  ...kindsPages(),
  {
    file: 'cli.md',
    title: 'kubectl steward',
    about: 'every command with its flags, and every exit code',
    text: cliPage(buildProgram(), EXIT_CODES),
  },
  {
    file: 'conditions.md',
    title: 'Conditions, reasons and events',
    about: 'what each says about an object, and what to do',
    text: conditionsPage(SECTIONS, PROVIDERS),
  },
  {
    file: 'flags.md',
    title: 'Flags',
    about: 'every flag of every process',
    text: flagsPage([...PROCESSES, TANZU_CONTROLLER]),
  },
  {
    file: 'metrics.md',
    title: 'Metrics',
    about: 'every metric of every process',
    text: metricsPage([...PROCESSES, TANZU_CONTROLLER]),
  },
];

await writeGenerated('hack/generators/generate-reference.ts', [
  ...pages.map(({ file, text }) => ({ path: `docs/reference/${file}`, text })),
  { path: 'docs/reference/README.md', text: indexPage(pages) },
]);
