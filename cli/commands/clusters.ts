/** Commands around clusters, under the names that users of PKS know. Everything that they do is visible as objects. */
import type { Command } from 'commander';
import { type OutputOptions, outputOption } from '../options.ts';

export interface HubCommandOptions extends OutputOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
}

export interface ChangeOptions extends HubCommandOptions {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

export interface CreateOptions extends ChangeOptions {
  readonly tenant: string;
  readonly plan: string;
  readonly numNodes?: string;
  readonly externalHostname?: string;
  readonly kubernetesVersion?: string;
  readonly members?: string;
}

export interface ResizeOptions extends ChangeOptions {
  readonly numNodes?: string;
}

export interface ImportOptions extends ChangeOptions {
  readonly tenant: string;
  readonly server?: string;
  readonly secret: string;
}

export interface CredentialOptions extends HubCommandOptions {
  readonly file?: string;
  readonly hours?: string;
}

export interface AuthorizationFileOptions {
  readonly authorizerUrl: string;
  readonly authorizerDirectory: string;
  readonly directory?: string;
  readonly place?: string;
}

export function addClusters(program: Command): void {
  hub(
    program
      .command('clusters')
      .summary('list the clusters')
      .description('Lists the clusters: version, size, phase, and what is in the way.'),
  ).action(async (options: HubCommandOptions) => (await import('../run/list-clusters.ts')).listClusters(options));
  hub(
    program
      .command('cluster')
      .summary('show one cluster, step by step')
      .description('Shows one cluster, step by step.')
      .argument('<name>', 'the name of the cluster'),
  ).action(async (name: string, options: HubCommandOptions) =>
    (await import('../run/show-cluster.ts')).showCluster(name, options),
  );
  hub(
    program
      .command('plans')
      .summary('list the plans that clusters are made by')
      .description('Lists the plans that clusters are made by.'),
  ).action(async (options: HubCommandOptions) => (await import('../run/list-plans.ts')).listPlans(options));
  hub(
    program
      .command('releases')
      .summary('list the Kubernetes versions that are offered')
      .description('Lists the Kubernetes versions that are offered.'),
  ).action(async (options: HubCommandOptions) => (await import('../run/list-plans.ts')).listReleases(options));
  addChanges(program);
  addCredentials(program);
}

const POWER = [
  [
    'stop-cluster',
    'stop the processes of a cluster, and keep what they store',
    'Stops the processes of a cluster of type Local. What they store is kept.',
    true,
  ],
  ['start-cluster', 'start a cluster that was stopped', 'Starts a cluster that was stopped.', false],
] as const;

const ENDS = [
  ['delete-cluster', 'delete a cluster that was created', 'Deletes a cluster that was created, with everything in it.'],
  [
    'detach-cluster',
    'let go of a cluster that was imported',
    'Lets go of a cluster that was imported. It stays as it is.',
  ],
] as const;

function addChanges(program: Command): void {
  change(
    program
      .command('create-cluster')
      .summary('make a cluster by a plan')
      .description(
        'Creates a cluster by a plan. At a terminal it asks for the name and the external hostname if they are not given.',
      )
      .argument('[name]', 'the name of the cluster'),
  )
    .requiredOption('--tenant <id>', 'the tenant that it belongs to')
    .requiredOption('-p, --plan <name>', 'the plan; kubectl steward plans lists them')
    .option('-e, --external-hostname <name>', 'a name under which its API is reached from outside')
    .option('--kubernetes-version <version>', 'the Kubernetes version; that of the plan by default')
    .option('-m, --members <count>', 'members of its control plane; those of the plan by default')
    .option('-n, --num-nodes <count>', 'workers in the first pool of the plan; those of the plan by default')
    .action(async (name: string | undefined, options: CreateOptions) =>
      (await import('../run/change-cluster.ts')).createCluster(name, options),
    );
  change(
    program
      .command('import-cluster')
      .summary('take over a cluster that is there')
      .description('Takes over a cluster that is there. Nothing is installed in it.')
      .argument('<name>', 'the name of the cluster'),
  )
    .requiredOption('--tenant <id>', 'the tenant that it belongs to')
    .requiredOption(
      '--secret <name>',
      'the Secret with its kubeconfig, or with ca.crt and token, in the namespace of the installation',
    )
    .option('--server <url>', 'where its API answers, when the Secret does not say it')
    .action(async (name: string, options: ImportOptions) =>
      (await import('../run/change-cluster.ts')).importCluster(name, options),
    );
  change(
    program
      .command('resize')
      .summary('change the number of workers, or of members of the control plane')
      .description('Changes the number of workers, or of members of the control plane.')
      .argument('<name>', 'the name of the cluster')
      .argument('[members]', 'members of the control plane: 1, 3, 5 or 7'),
  )
    .option('-n, --num-nodes <count>', 'workers in its first pool')
    .action(async (name: string, members: string | undefined, options: ResizeOptions) =>
      (await import('../run/change-cluster.ts')).resizeCluster(name, members, options),
    );
  change(
    program
      .command('upgrade-cluster')
      .summary('upgrade a cluster, and say before what that does to permissions')
      .description('Upgrades a cluster to another Kubernetes version, and says before what that does to permissions.')
      .argument('<name>', 'the name of the cluster')
      .argument('<version>', 'the version'),
  ).action(async (name: string, version: string, options: ChangeOptions) =>
    (await import('../run/upgrade-cluster.ts')).upgradeCluster(name, version, options),
  );
  for (const [verb, short, text, stopped] of POWER) {
    change(program.command(verb).summary(short).description(text).argument('<name>', 'the name of the cluster')).action(
      async (name: string, options: ChangeOptions) =>
        (await import('../run/change-cluster.ts')).changeCluster(name, { stopped }, options),
    );
  }
  for (const [verb, short, text] of ENDS) {
    change(program.command(verb).summary(short).description(text).argument('<name>', 'the name of the cluster')).action(
      async (name: string, options: ChangeOptions) =>
        (await import('../run/remove-cluster.ts')).removeCluster(verb, name, options),
    );
  }
}

function addCredentials(program: Command): void {
  hub(
    program
      .command('get-credentials')
      .summary('get a kubeconfig for a cluster, in your own name')
      .description(`Gets a kubeconfig for a cluster, in your own name: a new key, and a certificate that the cluster accepts for some hours.
It needs the right to create clusters/credentials of that cluster, and certificatesigningrequests, on the hub.`)
      .argument('<name>', 'the name of the cluster'),
  )
    .option('--file <path>', 'write the kubeconfig there, readable by you alone; without it, it is printed')
    .option('--hours <count>', 'how long it is to be good for, at most 24', '8')
    .action(async (name: string, options: CredentialOptions) =>
      (await import('../run/get-credentials.ts')).getCredentials(name, options),
    );
  program
    .command('authorization-files')
    .summary('make what an imported cluster asks the authorizer with')
    .description(`Makes the files with which the kube-apiserver of an imported cluster asks the authorizer, and says where they go.
It needs the authority that the authorizer accepts the certificates of clusters from; nothing is changed on the hub or in the cluster.`)
    .argument('<name>', 'the name of the cluster')
    .requiredOption('--authorizer-url <url>', 'where the cluster reaches the authorizer, as https://HOST:PORT')
    .requiredOption(
      '--authorizer-directory <path>',
      'the folder with authorization.yaml, ca.crt, client-ca.crt and client-ca.key',
    )
    .option('--directory <path>', 'write the files there, readable by you alone; without it, they are printed')
    .option('--place <path>', 'where they will be on the machines of the cluster', '/etc/kubernetes/steward')
    .action(async (name: string, options: AuthorizationFileOptions) =>
      (await import('../run/authorization-files.ts')).authorizationFiles(name, options),
    );
}

function hub(command: Command): Command {
  return outputOption(command)
    .option('--kubeconfig <file>', 'the kubeconfig of the hub')
    .option('--context <name>', 'the context of the kubeconfig to use');
}

function change(command: Command): Command {
  return hub(command)
    .option('--wait', 'show each step, until it is done or fails')
    .option('--dry-run', 'only print the object, for Git (with -o yaml)');
}
