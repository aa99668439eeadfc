/** Who asks: the tenant, the names that the rules may know him by, and what his credential is restricted to. Pure. */
import { PROJECT_GROUP_PREFIX, TENANT_EXTRA, TENANT_GROUP_PREFIX } from '../../api/installation.ts';
import { everyoneNode, groupNode, unusable, userNode } from '../rules/node-name.ts';
import type { Review } from './review.ts';

export interface Requester {
  readonly user: string;
  readonly tenant: string;
  /** The user, his groups and the tenant's catch-all, as the lines call them. */
  readonly subjects: readonly string[];
  /** The projects that the credential is for; empty for any. */
  readonly projects: readonly string[];
  /** The namespaces that the credential is for; empty for any. */
  readonly namespaces: readonly string[];
}

/** Someone whom no policy can speak of, and why. */
export interface Stranger {
  readonly stranger: string;
}

const NAMESPACE = 'namespace:';
/** Groups with a meaning of their own; no Group object is called so. */
const RESERVED = [TENANT_GROUP_PREFIX, PROJECT_GROUP_PREFIX, NAMESPACE, 'cluster:', 'system:'];
const DEFAULT_TENANT = 'default';

/**
 * Reads the requester from a review: the tenant from the extra `tenantid` or else from a group `tenant:ID`.
 * Groups of the token count as groups of the tenant.
 */
export function requesterOf({ user, groups, extra }: Review): Requester | Stranger {
  if (user.startsWith('system:')) return { stranger: 'policies do not apply to system users' };
  const tenant = tenantOf(groups, extra);
  if (tenant.stranger !== undefined) return { stranger: tenant.stranger };
  const why = unusable(user) ?? unusable(tenant.id);
  if (why !== undefined) return { stranger: `the user or tenant name ${why}` };
  const own = groups.filter(
    (group) => !RESERVED.some((prefix) => group.startsWith(prefix)) && unusable(group) === undefined,
  );
  return {
    user,
    tenant: tenant.id,
    subjects: [userNode(tenant.id, user), ...own.map((group) => groupNode(tenant.id, group)), everyoneNode(tenant.id)],
    projects: suffixes(groups, PROJECT_GROUP_PREFIX),
    namespaces: suffixes(groups, NAMESPACE),
  };
}

type Tenant = { readonly id: string; readonly stranger?: undefined } | { readonly stranger: string };

function tenantOf(groups: readonly string[], extra: Review['extra']): Tenant {
  const given = extra[TENANT_EXTRA] ?? [];
  const named = new Set(
    (given.length > 0 ? given : suffixes(groups, TENANT_GROUP_PREFIX)).map((id) => (id === '' ? DEFAULT_TENANT : id)),
  );
  const [id] = named;
  if (id === undefined)
    return {
      stranger:
        'the user belongs to no tenant: the credential carries neither the extra tenantid nor a group tenant:ID',
    };
  // Choosing one for him could choose the one in which he may more.
  if (named.size > 1) return { stranger: 'the user claims more than one tenant' };
  return { id };
}

function suffixes(groups: readonly string[], prefix: string): string[] {
  return groups.filter((group) => group.startsWith(prefix)).map((group) => group.slice(prefix.length));
}
