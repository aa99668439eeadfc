/** Options that several commands share, under the names that kubectl users know. */
import type { Command } from 'commander';

export interface WorldOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly at?: string;
}

export interface OutputOptions {
  readonly output?: string;
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

export function worldOptions(command: Command): Command {
  return command
    .option(
      '-f, --filename <path>',
      'ask manifests instead of a cluster: a file, a folder, a folder with a kustomization, or - (repeatable)',
      collect,
    )
    .option('-R, --recursive', 'with -f: also read the folders within')
    .option('--kubeconfig <file>', 'the kubeconfig of the hub')
    .option('--context <name>', 'the context of the kubeconfig to use')
    .option('--at <time>', 'answer for this time (RFC 3339), for grants that end');
}

export function outputOption(command: Command): Command {
  return command.option('-o, --output <format>', 'json or yaml; without it text for people');
}

export function requesterOptions(command: Command): Command {
  return command
    .option('--as <user>', 'who asks; over a cluster you yourself by default')
    .option('--as-group <group>', 'a group of his credential (repeatable)', collect)
    .option('--tenant <id>', 'the tenant that he belongs to');
}

export function targetOptions(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'the namespace of the object', 'default')
    .option('-A, --all-namespaces', 'ask about all namespaces at once')
    .option('--subresource <name>', 'a subresource, such as log or scale')
    .option('--cluster <id>', 'the cluster that the object is in; the hub by default')
    .option('--project <id>', 'take the object to lie in this project, whoever owns it');
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
