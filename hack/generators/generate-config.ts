/**
 * Generates config/rbac, config/controllers and config/tanzu from what the processes declare. `--check` writes nothing and
 * fails when a file is not up to date.
 */
import { dump } from 'js-yaml';
import { deploymentOf } from '../../processes/deployment.ts';
import { CONTROLLERS, PROCESSES, type ProductProcess, TANZU_CONTROLLER } from '../../processes/processes.ts';
import { type Manifest, rbacOf } from '../../processes/rbac.ts';
import { type GeneratedFile, writeGenerated } from './generated.ts';

const FROM = 'hack/generators/generate-config.ts from the access that each process in processes/processes.ts declares';

function folder(
  path: string,
  processes: readonly ProductProcess[],
  objectsOf: (process: ProductProcess) => Manifest[],
): GeneratedFile[] {
  const files = processes.map((process) => ({
    path: `${path}/${process.access.name}.yaml`,
    text: objectsOf(process)
      .map((object) => dump(object, { noRefs: true, lineWidth: 120 }))
      .join('---\n'),
  }));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: files.map((file) => file.path.slice(path.length + 1)),
  };
  return [...files, { path: `${path}/kustomization.yaml`, text: dump(kustomization) }];
}

await writeGenerated(FROM, [
  ...folder('config/rbac', PROCESSES, (process) => rbacOf(process.access)),
  ...folder('config/controllers', CONTROLLERS, deploymentOf),
  ...folder('config/tanzu', [TANZU_CONTROLLER], (process) => [...rbacOf(process.access), ...deploymentOf(process)]),
]);
