/** What the authorizer may do on the hub: read, and nothing else. */
import { rules } from '../api/auth/rule.ts';
import { namespaces } from '../api/business/namespace.ts';
import { projects } from '../api/business/project.ts';

export const authorizerAccess = {
  name: 'steward-authorizer',
  leaderElection: false,
  access: [rules, namespaces, projects].map(({ group, plural }) => ({ group, resource: plural, verbs: ['list', 'watch'] })),
};
