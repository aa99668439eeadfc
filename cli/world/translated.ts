/**
 * Builds a world from manifests, with the controllers' own translators: a hub with these objects gives the same
 * answers.
 */

import { type Namespace, namespaces } from '../../api/business/namespace.ts';
import { type Project, projects } from '../../api/business/project.ts';
import { KINDS } from '../../api/kinds.ts';
import { type KubeObject, keyOf, type Resource } from '../../api/object.ts';
import { ManifestError } from '../../api/schema/define-kind.ts';
import { RuleIndex } from '../../authorization/engine/rule-index.ts';
import type { RuleObject } from '../../authorization/rules/rule-object.ts';
import { BY_CLAIM, claimOf } from '../../authorization/webhook/projects.ts';
import { putRule } from '../../authorization/webhook/rule-feed.ts';
import { OWNER_CONTROLLERS } from '../../controllers/registry/owner-controllers.ts';
import { desiredRulesOfKind } from '../../controllers/rule-owner/desired-rules.ts';
import type { Stores } from '../../controllers/rule-owner/owner.ts';
import { IndexedStore, type Store } from '../../runtime/cache/store.ts';
import type { World } from './world.ts';

export interface TranslatedWorld extends World {
  readonly rules: readonly RuleObject[];
}

/** Skips kinds that are not Steward's. Throws ManifestError for a manifest that does not fit its kind. */
export function translatedWorld(manifests: readonly KubeObject[], nowMs: number): TranslatedWorld {
  const stores = new ManifestStores(manifests);
  const owners = OWNER_CONTROLLERS.flatMap((controller) => controller.owners);
  const rules = owners.flatMap((owner) => desiredRulesOfKind(owner, stores));
  const index = new RuleIndex();
  for (const rule of rules) putRule(index, rule);
  const sources = {
    claims: (key: string): Namespace[] => stores.of(namespaces).byIndex(BY_CLAIM, key),
    project: (name: string): Project | undefined => stores.of(projects).get(name),
  };
  return { index, projects: sources, nowMs, rules };
}

class ManifestStores implements Stores {
  readonly #stores = new Map<string, IndexedStore<KubeObject>>();

  constructor(manifests: readonly KubeObject[]) {
    for (const kind of KINDS) {
      const claims = { [BY_CLAIM]: (object: KubeObject) => claimOf(object as Namespace) };
      const store = new IndexedStore<KubeObject>(kind.kind === 'Namespace' ? claims : {});
      this.#stores.set(idOf(kind), store);
      const own = manifests.filter(
        ({ apiVersion, kind: name }) => name === kind.kind && apiVersion === `${kind.group}/${kind.version}`,
      );
      for (const [i, manifest] of own.entries()) {
        const object = kind.parse({ ...manifest, metadata: { uid: `${kind.kind}-${i}`, ...manifest.metadata } });
        const key = keyOf(object.metadata);
        if (store.get(key) !== undefined) throw new ManifestError(`${kind.kind} ${key} is declared twice`);
        store.set(key, object);
      }
    }
  }

  of<T extends KubeObject>(resource: Resource<T>): Store<T> {
    const store = this.#stores.get(idOf(resource));
    if (store === undefined) throw new Error(`no kind ${resource.plural}`);
    return store as unknown as Store<T>;
  }
}

function idOf({ group, plural }: Resource): string {
  return `${plural}.${group}`;
}
