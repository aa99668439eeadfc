/** Generates crds/ from api/. `--check` writes nothing and fails when a file is not up to date. */
import { dump } from 'js-yaml';
import { KINDS } from '../../api/kinds.ts';
import { crdOf } from './crd.ts';
import { writeGenerated } from './generated.ts';

const files = KINDS.map((kind) => ({ name: `${kind.group}_${kind.plural}.yaml`, crd: crdOf(kind) }));
const kustomization = {
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  resources: files.map(({ name }) => name),
};

await writeGenerated('hack/generators/generate-crds.ts from api/', [
  ...files.map(({ name, crd }) => ({ path: `crds/${name}`, text: dump(crd, { noRefs: true, lineWidth: 120 }) })),
  { path: 'crds/kustomization.yaml', text: dump(kustomization) },
]);
