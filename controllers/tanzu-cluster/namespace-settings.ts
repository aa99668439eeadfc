/** Reads from a Namespace which tenant its clusters belong to, and how they are created. Pure. */
import type { KubeObject } from '../../api/object.ts';
import { CLUSTER_TYPES, type ClusterType } from '../../api/platform/fields.ts';
import { TENANT_LABEL } from '../../api/platform/labels.ts';
import { PLAN_ANNOTATION, TYPE_ANNOTATION } from './source-mark.ts';
import type { Problem, Settings } from './translation.ts';

export type NamespaceSettings = Pick<Settings, 'tenantID' | 'type' | 'plan'>;

/** The types of clusters that this controller creates. */
export const CREATED_TYPES: readonly ClusterType[] = CLUSTER_TYPES.filter((type) => type !== 'Imported');

/**
 * The settings of the Namespace `name`, or what is wrong with them. `namespace` is undefined when it does not exist.
 */
export function namespaceSettings(
  name: string,
  namespace: KubeObject | undefined,
  defaultType: ClusterType,
): NamespaceSettings | Problem {
  const { labels, annotations } = namespace?.metadata ?? {};
  const tenantID = labels?.[TENANT_LABEL] ?? '';
  if (tenantID === '') {
    return {
      reason: 'TenantMissing',
      message: `Namespace ${name} has no label ${TENANT_LABEL}: ask an administrator to label it with the tenant that its clusters belong to`,
    };
  }
  const requested = annotations?.[TYPE_ANNOTATION] ?? defaultType;
  const type = CREATED_TYPES.find((each) => each === requested);
  if (type === undefined) {
    return {
      reason: 'TypeUnknown',
      message: `the annotation ${TYPE_ANNOTATION} of Namespace ${name} is ${requested}: set it to ${CREATED_TYPES.join(' or ')}`,
    };
  }
  return { tenantID, type, plan: annotations?.[PLAN_ANNOTATION] };
}
