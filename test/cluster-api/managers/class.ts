/**
 * The in-memory ClusterClass that ships with Cluster API. Its machines start within a second here, and
 * config/cluster-api/authorization.yaml is merged into the class, as an operator would do it.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { dump, load, loadAll, YAML11_SCHEMA } from 'js-yaml';
import { moduleDirectory } from './build.ts';

const AUTHORIZATION = path.join(import.meta.dirname, '../../../config/cluster-api/authorization.yaml');

interface Manifest {
  readonly kind: string;
  readonly spec: object;
}

/** Returns the manifests as YAML. The class is called `in-memory`, its worker class `default-worker`. */
export function inMemoryClass(): string {
  const file = path.join(
    moduleDirectory('sigs.k8s.io/cluster-api/test'),
    'infrastructure/docker/templates/clusterclass-in-memory.yaml',
  );
  const text = readFileSync(file, 'utf8').replaceAll(/startupDuration: "\d+s"/g, 'startupDuration: "1s"');
  const added = load(readFileSync(AUTHORIZATION, 'utf8'), { schema: YAML11_SCHEMA }) as Manifest;
  const manifests = (loadAll(text, { schema: YAML11_SCHEMA }) as Manifest[]).map((each) =>
    each.kind === 'ClusterClass' ? { ...each, spec: { ...each.spec, ...added.spec } } : each,
  );
  return manifests.map((each) => dump(each, { noRefs: true })).join('---\n');
}
