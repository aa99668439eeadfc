/**
 * The command line of `kubectl steward`: every command with its help and flags. Building it loads nothing heavy: a
 * command imports the engine or the Kubernetes client only when it runs, so that --help is instant.
 */
import { Command } from 'commander';
import { addAuthorizationFiles } from './commands/authorization-files.ts';
import { addCanI } from './commands/can-i.ts';
import { addCluster } from './commands/cluster.ts';
import { addClusters } from './commands/clusters.ts';
import { addCreateCluster } from './commands/create-cluster.ts';
import { addDecide } from './commands/decide.ts';
import { addDeleteCluster } from './commands/delete-cluster.ts';
import { addDetachCluster } from './commands/detach-cluster.ts';
import { addExplain } from './commands/explain.ts';
import { addGetCredentials } from './commands/get-credentials.ts';
import { addImportCluster } from './commands/import-cluster.ts';
import { addPlans } from './commands/plans.ts';
import { addReleases } from './commands/releases.ts';
import { addResize } from './commands/resize.ts';
import { addStartCluster } from './commands/start-cluster.ts';
import { addStopCluster } from './commands/stop-cluster.ts';
import { addUpgradeCluster } from './commands/upgrade-cluster.ts';
import { addWhatCan } from './commands/what-can.ts';
import { addWhoCan } from './commands/who-can.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { lineWidth } from './output/line-width.ts';
import { wrapped } from './output/wrap.ts';

const VERSION = '0.1.0';
/** Longer lines are hard to read, however wide the terminal is. */
const MAX_HELP_WIDTH = 120;

/** In the order in which --help lists them. */
const COMMANDS = [
  addCanI,
  addExplain,
  addWhoCan,
  addWhatCan,
  addDecide,
  addClusters,
  addCluster,
  addPlans,
  addReleases,
  addCreateCluster,
  addImportCluster,
  addResize,
  addUpgradeCluster,
  addStopCluster,
  addStartCluster,
  addDeleteCluster,
  addDetachCluster,
  addGetCredentials,
  addAuthorizationFiles,
];

/**
 * The program, ready to parse. It throws CommanderError instead of exiting; its flags can be read without running it.
 */
export function buildProgram(): Command {
  const program = new Command('kubectl steward')
    .description(
      'Shows who may do what, and why: on a hub, or in manifests before they are applied. Creates and changes member clusters.',
    )
    .version(VERSION)
    .configureOutput({ getOutHelpWidth: helpWidth, getErrHelpWidth: helpWidth })
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .exitOverride()
    .showHelpAfterError('(add --help to see the usage)')
    .addHelpText('after', exitCodes);
  for (const add of COMMANDS) add(program);
  return program;
}

function helpWidth(): number {
  return Math.min(lineWidth(), MAX_HELP_WIDTH);
}

function exitCodes(): string {
  const lines = Object.values(EXIT_CODES).flatMap(({ code, meaning }) => wrapped(`  ${code}  `, meaning, helpWidth()));
  return ['', 'Exit codes:', ...lines].join('\n');
}
