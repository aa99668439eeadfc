/**
 * Reads the requester from a review: their tenant, their names in the rules, and the limits of their credential. Pure.
 */
import { PROJECT_GROUP_PREFIX, TENANT_EXTRA, TENANT_GROUP_PREFIX } from '../../api/installation.ts';
import { everyoneNode, groupNode, unusable, userNode } from '../rules/node-name.ts';
import type { Review } from './review.ts';

export interface Requester {
  readonly user: string;
  readonly tenant: string;
  /** The user, their groups and every user of the tenant, as the lines name them. */
  readonly subjects: readonly string[];
  /** The projects that the credential is limited to; empty for no limit. */
  readonly projects: readonly string[];
  /** The namespaces that the credential is limited to; empty for no limit. */
  readonly namespaces: readonly string[];
}

/** A requester that no policy can apply to. */
export interface Stranger {
  /** Why, as a reason for the user. */
  readonly stranger: string;
}

const NAMESPACE = 'namespace:';
/** Prefixes of groups with a meaning of their own. No Group object has such a name. */
const RESERVED = [TENANT_GROUP_PREFIX, PROJECT_GROUP_PREFIX, NAMESPACE, 'cluster:', 'system:'];
const DEFAULT_TENANT = 'default';

/**
 * Reads the requester of a review. The tenant comes from the extra `tenantid`, or else from a group `tenant:ID`.
 * Groups of the credential count as groups of that tenant.
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
  // Choosing one of them could choose the one in which the user has more rights.
  if (named.size > 1) return { stranger: 'the user claims more than one tenant' };
  return { id };
}

function suffixes(groups: readonly string[], prefix: string): string[] {
  return groups.filter((group) => group.startsWith(prefix)).map((group) => group.slice(prefix.length));
}
