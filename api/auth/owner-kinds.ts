/**
 * The kinds that own Rules. This is the only list of them: which Rules count (authorization/rules/trust.ts), what the
 * controllers and the CLI translate (controllers/registry/) and what the rule controller watches all derive from it.
 */
import { grants } from './grant.ts';
import { groups } from './group.ts';
import { localGroups } from './local-group.ts';
import { policies } from './policy.ts';
import { projectPolicyBindings } from './project-policy-binding.ts';
import { roles } from './role.ts';

export const OWNER_KINDS = [policies, roles, groups, localGroups, projectPolicyBindings, grants] as const;
