/** What the authorizer may do on the hub: read its three kinds, and report in a Lease how current its cache is. */
import { rules } from '../../api/auth/rule.ts';
import { namespaces } from '../../api/business/namespace.ts';
import { projects } from '../../api/business/project.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';

export const authorizerAccess = {
  name: PROCESS_NAMES.authorizer,
  leaderElection: false,
  replicas: 'is' as const,
  access: [rules, namespaces, projects].map(({ group, plural }) => ({
    group,
    resource: plural,
    verbs: ['list', 'watch'],
  })),
};
