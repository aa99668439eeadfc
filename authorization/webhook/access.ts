/** What the authorizer may do on the hub: read, and tell in a Lease how far it has come. */
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
