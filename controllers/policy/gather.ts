/** Policy → the input of its translator. */
import type { Policy } from '../../api/auth/policy.ts';
import type { PolicyInput } from './translate.ts';

export function gatherPolicy({ metadata, spec }: Policy): PolicyInput {
  return {
    name: metadata.name,
    tenantID: spec.tenantID,
    scope: spec.scope ?? '',
    statement: spec.statement,
    users: spec.users,
    groups: spec.groups,
  };
}
