/**
 * Seeds the objects of the load: policies of six lines each, and bindings of one user to one policy in one project. One
 * object of each kind is created through the kube-apiserver, and copies of its stored form are written into etcd. This
 * skips validation and admission, which is acceptable only in a benchmark; through the API, 60,000 objects would take
 * minutes.
 */
import { type Policy, policies } from '../../api/auth/policy.ts';
import { type ProjectPolicyBinding, projectPolicyBindings } from '../../api/auth/project-policy-binding.ts';
import type { KubeObject, Resource } from '../../api/object.ts';
import type { Client } from '../../runtime/client/client.ts';
import type { Etcd, Stored } from './etcd.ts';

export const LINES_OF_A_POLICY = 6;
const PROJECTS = 500;
const USERS = 20_000;
const API_VERSION = 'auth.tkestack.io/v1';
const ACTIONS = ['get', 'list', 'watch', 'create', 'update', 'delete'];

export interface Size {
  readonly policies: number;
  readonly bindings: number;
}

/** The number of Rules that the objects of a size result in. */
export function rulesOfSize({ policies: many, bindings }: Size): number {
  return many * LINES_OF_A_POLICY + bindings;
}

/** The `nth` policy; `edition` changes one of its lines. */
export function policyOf(nth: number, edition = 0): Policy {
  const actions = ACTIONS.map((verb, i) => `${verb}Thing${nth % 100}${i === 0 && edition > 0 ? `V${edition}` : ''}`);
  const statement = { actions, resources: [`namespace:ns-${nth}/*`], effect: 'allow' as const };
  return {
    apiVersion: API_VERSION,
    kind: 'Policy',
    metadata: { name: policyName(nth) },
    spec: { tenantID: 'load', scope: 'project', statement },
  } as Policy;
}

/** The `nth` binding, to one of `policyCount` policies; `edition` changes its user. */
export function bindingOf(nth: number, policyCount: number, edition = 0): ProjectPolicyBinding {
  const users = [{ id: `user-${nth % USERS}${edition > 0 ? `-${edition}` : ''}` }];
  const spec = { tenantID: 'load', projectID: `prj-${nth % PROJECTS}`, policyID: policyName(nth % policyCount), users };
  return { apiVersion: API_VERSION, kind: 'ProjectPolicyBinding', metadata: { name: bindingName(nth) }, spec };
}

export function policyName(nth: number): string {
  return `pol-load-${nth}`;
}

export function bindingName(nth: number): string {
  return `ppb-load-${nth}`;
}

/** The uid of the `nth` seeded object of a kind. */
export function uidOf({ plural }: Resource, nth: number): string {
  return `${plural.length.toString(16).padStart(8, '0')}-0000-4000-8000-${nth.toString(16).padStart(12, '0')}`;
}

/** The prefix in etcd under which the kube-apiserver stores objects of a kind. */
export function prefixOf({ group, plural }: Resource): string {
  return `/registry/${group}/${plural}/`;
}

/**
 * Writes the objects. No controller may run meanwhile: it would reconcile the first objects while the others are
 * written.
 */
export async function seedOwners(client: Client, etcd: Etcd, size: Size): Promise<void> {
  const policy = await storedForm(client, etcd, policies, policyOf(0));
  const binding = await storedForm(client, etcd, projectPolicyBindings, bindingOf(0, size.policies));
  await etcd.put(copies(policies, policy, size.policies, (nth) => policyOf(nth)));
  await etcd.put(copies(projectPolicyBindings, binding, size.bindings, (nth) => bindingOf(nth, size.policies)));
}

/** The form in which the kube-apiserver stores an object: creates it, reads it from etcd, and deletes it again. */
export async function storedForm<T extends KubeObject>(
  client: Client,
  etcd: Etcd,
  resource: Resource<T>,
  object: T,
): Promise<KubeObject> {
  const created = await client.create(resource, object);
  const value = await etcd.get(prefixOf(resource) + created.metadata.name);
  if (value === undefined)
    throw new Error(`${resource.kind} ${created.metadata.name} is not in etcd under the expected key`);
  await client.delete(resource, created.metadata);
  return JSON.parse(value) as KubeObject;
}

/** `count` copies of a stored object, each with the name, labels, owner and spec of `make`, and a uid of its own. */
export function* copies(
  resource: Resource,
  stored: KubeObject,
  count: number,
  make: (nth: number) => KubeObject & { readonly spec: object },
): Generator<Stored> {
  const defaults = 'spec' in stored ? stored.spec : {};
  for (let nth = 0; nth < count; nth++) {
    const { metadata, spec } = make(nth);
    const copy = {
      ...stored,
      metadata: { ...stored.metadata, ...metadata, uid: uidOf(resource, nth) },
      spec: Object.assign({}, defaults, spec),
    };
    yield { key: prefixOf(resource) + metadata.name, value: JSON.stringify(copy) };
  }
}
