/** Arguments and options that several commands share, named as in kubectl. */
import { type Command, Option } from 'commander';

export interface OutputOptions {
  readonly output?: 'json' | 'yaml' | 'wide';
}

/** Which hub to talk to. */
export interface HubOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Where the rules come from: manifests or a hub. */
export interface WorldOptions extends HubOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly at?: string;
}

export interface RequesterOptions {
  readonly as?: string;
  readonly asGroup?: readonly string[];
  readonly tenant?: string;
}

export interface TargetOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly subresource?: string;
  readonly cluster?: string;
  readonly project?: string;
}

/** Of commands that read objects of the hub. */
export type ReadOptions = HubOptions & OutputOptions;

/** Of commands that create or change a Cluster. */
export interface ChangeOptions extends ReadOptions {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

export function questionArguments(command: Command): Command {
  return command
    .argument('<verb|action>', 'a verb (get), or an action as policies spell it (getDeployment)')
    .argument(
      '<resource|object>',
      'RESOURCE[/NAME], an object as policies spell it (namespace:dev/deployment:web), or a /path',
    )
    .argument('[name]', 'the name of the object');
}

export function hubOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'the kubeconfig of the hub')
    .option('--context <name>', 'the context of the kubeconfig to use');
}

export function worldOptions(command: Command): Command {
  return hubOptions(
    command
      .option(
        '-f, --filename <path>',
        'read manifests instead of a hub: a file, a folder, a folder with a kustomization, or - for standard input (repeatable)',
        collect,
      )
      .option('-R, --recursive', 'with -f: read subfolders too'),
  ).option('--at <time>', 'answer for this time (RFC 3339) instead of now; matters for grants that end');
}

/** `wide` adds the format in which the command prints text in full. */
export function outputOption(command: Command, wide?: 'wide'): Command {
  const formats = wide === undefined ? ['json', 'yaml'] : ['json', 'yaml', wide];
  const full = wide === undefined ? '' : '; wide is text in full';
  return command.addOption(
    new Option('-o, --output <format>', `print the data as json or yaml instead of text${full}`).choices(formats),
  );
}

export function requesterOptions(command: Command): Command {
  return command
    .option('--as <user>', 'the user to ask about; by default the user of the kubeconfig')
    .option('--as-group <group>', 'a group in the credential of that user (repeatable)', collect)
    .option('--tenant <id>', 'the tenant of that user');
}

export function targetOptions(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'the namespace of the object', 'default')
    .option('-A, --all-namespaces', 'ask about all namespaces at once')
    .option('--subresource <name>', 'a subresource, such as log or scale')
    .option('--cluster <id>', 'the cluster of the object; by default the hub')
    .option('--project <id>', 'treat the object as part of this project, regardless of its owner');
}

export function readOptions(command: Command): Command {
  return hubOptions(outputOption(command));
}

export function changeOptions(command: Command): Command {
  return readOptions(command)
    .option('--wait', 'wait until it is done or fails, and print each step')
    .option('--dry-run', 'only print the object, as a manifest for Git');
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
