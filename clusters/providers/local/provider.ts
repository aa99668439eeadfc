/**
 * Clusters on the machine of the controller: real etcd, kube-apiservers and kube-controller-manager as processes that
 * listen on the loopback interface, without nodes. They outlive the controller; a later one finds them again.
 */
import type { Provider, Step, StepContext, StepResult } from '../provider.ts';
import type { LocalOptions } from './machine.ts';
import { readPki } from './pki.ts';
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
  const step = (
    condition: string,
    doing: string,
    run: (context: StepContext, options: LocalOptions) => Promise<StepResult>,
  ): Step => ({
    condition,
    doing,
    run: (context) => run(context, options),
  });
  return {
    type: 'Local',
    usedFields: ['version', 'controlPlane.replicas', 'serviceCIDR', 'dnsDomain', 'publicAlternativeNames'],
    steps: [
      step('ProgramsReady', 'finding or building the programs', ensurePrograms),
      step('KeysReady', 'making its keys', ensureKeys),
      step('EtcdReady', 'starting etcd', ensureEtcd),
      step('APIServersReady', 'starting the kube-apiservers', ensureApiservers),
      step('ControllerManagerReady', 'starting the kube-controller-manager', ensureManager),
      step('Shrunk', 'removing members that are too many', ensureShrunk),
      step('AccessReady', 'storing its kubeconfig', ensureAccess),
    ],
    stop: [step('Stopped', 'stopping its processes', stopProcesses)],
    removal: [
      step('ProcessesStopped', 'stopping its processes', stopProcesses),
      step('FilesRemoved', 'removing its files', removeFiles),
      step('SecretsRemoved', 'removing its Secrets', removeSecrets),
    ],
    clientAuthority: async ({ cluster, client, namespace }) => (await readPki(client, namespace, cluster))?.authority,
    verifyEveryMs: VERIFY_MS,
  };
}
