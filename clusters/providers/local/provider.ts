/**
 * Provider of type Local: clusters on the machine of the controller, with real etcd, kube-apiservers and
 * kube-controller-manager as processes that listen on the loopback interface, and without nodes. The processes outlive
 * the controller; a later controller finds them again.
 */
import type { Provider, Step, StepContext, StepResult } from '../provider.ts';
import { assembleMachine, type Machine } from './machine.ts';
import { oncePerRun } from './once-per-run.ts';
import type { LocalOptions } from './options.ts';
import { readPki } from './pki.ts';
import { Programs } from './programs.ts';
import { ensureAccess } from './steps/ensure-access.ts';
import { ensureApiservers } from './steps/ensure-apiservers.ts';
import { ensureEtcd } from './steps/ensure-etcd.ts';
import { ensureKeys } from './steps/ensure-keys.ts';
import { ensureManager } from './steps/ensure-manager.ts';
import { ensurePrograms } from './steps/ensure-programs.ts';
import { ensureShrunk } from './steps/ensure-shrunk.ts';
import { removeFiles, removeSecrets, stopProcesses } from './steps/remove.ts';

const VERIFY_MS = 15_000;

export function localProvider(options: LocalOptions): Provider {
  const programs = new Programs();
  const machineOf = oncePerRun((context) => assembleMachine(context, options, programs));
  const onMachine =
    (run: (machine: Machine, context: StepContext) => Promise<StepResult>): Step['run'] =>
    async (context) =>
      run(await machineOf(context), context);
  return {
    type: 'Local',
    usedFields: ['version', 'controlPlane.replicas', 'serviceCIDR', 'dnsDomain', 'publicAlternativeNames'],
    steps: [
      step('ProgramsReady', 'finding or building the programs', (context) =>
        ensurePrograms(context, options, programs),
      ),
      // Not on the machine: the step first checks that the cluster is not on another one.
      step('KeysReady', 'creating keys', (context) => ensureKeys(context, options, machineOf)),
      step('EtcdReady', 'starting etcd', onMachine(ensureEtcd)),
      step(
        'APIServersReady',
        'starting the kube-apiservers',
        onMachine((machine, context) => ensureApiservers(machine, context, options)),
      ),
      step('ControllerManagerReady', 'starting the kube-controller-manager', onMachine(ensureManager)),
      step('Shrunk', 'removing surplus control plane replicas', onMachine(ensureShrunk)),
      step('AccessReady', 'storing the kubeconfig', onMachine(ensureAccess)),
    ],
    stop: [step('Stopped', 'stopping the processes', (context) => stopProcesses(context, options))],
    removal: [
      step('ProcessesStopped', 'stopping the processes', (context) => stopProcesses(context, options)),
      step('FilesRemoved', 'removing the files', (context) => removeFiles(context, options)),
      step('SecretsRemoved', 'removing the Secrets', removeSecrets),
    ],
    clientAuthority: async ({ cluster, client, namespace }) => (await readPki(client, namespace, cluster))?.authority,
    verifyEveryMs: VERIFY_MS,
  };
}

function step(condition: string, doing: string, run: Step['run']): Step {
  return { condition, doing, run };
}
