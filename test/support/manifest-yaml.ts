/** Manifests as text for `kubectl -f -`. */
import { dump } from 'js-yaml';

/** Returns one YAML document for each object. */
export function yamlOf(objects: readonly object[]): string {
  return objects.map((object) => dump(object)).join('---\n');
}
