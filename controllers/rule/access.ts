/** What the rule controller may do on the hub: read Rules and their owners, delete Rules, mark them in their status. */
import { OWNER_KINDS } from '../../api/auth/owner-kinds.ts';
import { rules } from '../../api/auth/rule.ts';
import { PROCESS_NAMES } from '../../api/installation.ts';
import { allows, type ProcessAccess, READ } from '../../runtime/process/access.ts';

export const ruleAccess: ProcessAccess = {
  name: PROCESS_NAMES.rule,
  leaderElection: true,
  access: [
    allows(rules, ...READ, 'delete'),
    { group: rules.group, resource: `${rules.plural}/status`, verbs: ['patch'] },
    ...OWNER_KINDS.map((owner) => allows(owner, ...READ, 'get')),
    { group: 'events.k8s.io', resource: 'events', verbs: ['create'] },
  ],
};
