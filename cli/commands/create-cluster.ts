/** `create-cluster`: creates a cluster from a plan. */
import { type Command, Option } from 'commander';
import { InputError } from '../errors.ts';
import { type ChangeOptions, changeOptions } from '../options.ts';

interface Options extends ChangeOptions {
  readonly tenant: string;
  readonly plan: string;
  readonly externalHostname?: string;
  readonly kubernetesVersion?: string;
  readonly controlPlaneReplicas?: string;
  /** The old spelling of controlPlaneReplicas. */
  readonly members?: string;
  readonly numNodes?: string;
}

export function addCreateCluster(program: Command): void {
  const command = program
    .command('create-cluster')
    .summary('create a cluster from a plan')
    .description(
      'Creates a cluster from a plan. At a terminal it asks for the name and the external hostname if they are not given.',
    )
    .argument('[name]', 'the name of the cluster');
  changeOptions(command)
    .requiredOption('--tenant <id>', 'the tenant that the cluster belongs to')
    .requiredOption('-p, --plan <name>', 'the plan; "kubectl steward plans" lists them')
    .option('-e, --external-hostname <name>', 'a name under which its API is reached from outside')
    .option('--kubernetes-version <version>', 'the Kubernetes version; by default that of the plan')
    .option('--control-plane-replicas <count>', 'control plane replicas (1, 3, 5 or 7); by default those of the plan')
    .addOption(
      new Option('-m, --members <count>', 'the old spelling of --control-plane-replicas')
        .hideHelp()
        .conflicts('controlPlaneReplicas'),
    )
    .option('-n, --num-nodes <count>', "workers in the plan's first node pool; by default those of the plan")
    .action(createFromPlan);
}

async function createFromPlan(givenName: string | undefined, options: Options): Promise<void> {
  const { clusterPlans } = await import('../../api/platform/cluster-plan.ts');
  const { askForMissing } = await import('../clusters/ask-for-missing.ts');
  const { createCluster } = await import('../clusters/create.ts');
  const { specOf } = await import('../clusters/spec.ts');
  const { hasEffect } = await import('../clusters/without-effect.ts');
  const { withHub } = await import('../hub.ts');
  await withHub(options, async (client) => {
    const plan = await client.get(clusterPlans, { name: options.plan });
    if (plan === undefined)
      throw new InputError(`there is no plan ${options.plan}; to list them: kubectl steward plans`);
    const { name, externalHostname } = await askForMissing(
      { name: givenName, externalHostname: options.externalHostname },
      hasEffect(plan.spec.provider, 'publicAlternativeNames'),
    );
    const controlPlaneReplicas = options.controlPlaneReplicas ?? options.members;
    await createCluster(client, name, specOf(plan, { ...options, externalHostname, controlPlaneReplicas }), options);
  });
}
