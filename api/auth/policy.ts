/** Policy: what may (or may not) be done to what. */
import * as z from 'zod';
import { cel } from '../schema/cel.ts';
import { OWNER_COLUMNS, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { specFinalizers, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatus } from '../schema/status.ts';

const noLineBreak = (what: string): ReturnType<typeof cel> =>
  cel({ rule: "!self.contains('\\n') && !self.contains('\\r')", message: `${what} must not hold a line break` });

const statement = z
  .object({
    actions: z
      .array(
        z
          .string()
          .min(1)
          .max(256)
          .meta({
            description:
              "A pattern for actions such as getDeployment, listDeployments or updateDeploymentScale; '*' matches any run of characters.",
            ...noLineBreak('an action'),
          }),
      )
      .min(1)
      .max(1_000)
      .meta({ description: 'What may be done. Each action holds on each resource.' }),
    resources: z
      .array(
        z
          .string()
          .min(1)
          .max(1_024)
          .meta({
            description:
              "A pattern for objects such as namespace:dev/deployment:web, or cluster:cls-a/node:*; '*' matches any run of characters, also '/'.",
            ...noLineBreak('a resource'),
          }),
      )
      .min(1)
      .max(1_000)
      .meta({ description: 'On what it may be done.' }),
    effect: z.enum(['allow', 'deny']).meta({ description: 'allow, or deny. A deny wins over every allow.' }),
  })
  .meta({ description: 'Actions, resources and effect.' });

const spec = z
  .object({
    displayName: text('A name for people.', 256),
    tenantID: tenantID(),
    category: text('What the policy is about, for lists: workload, network, storage, ….', 63),
    type: z
      .enum(['custom', 'default'])
      .default('custom')
      .meta({ description: 'default for policies of the catalogue, custom for all others.' }),
    scope: z.enum(['', 'platform', 'project']).default('').meta({
      description:
        'platform (or empty): users and groups of this policy hold it everywhere. project: it is bound in projects, by a ProjectPolicyBinding or a Grant.',
    }),
    username: text('Who made the policy.', 253),
    description: text('What the policy is for.', 4_096),
    statement,
    conditions: text('Reserved, as in the original (base64).', 65_536),
    finalizers: specFinalizers(),
    users: subjects('The users who hold the policy everywhere.'),
    groups: subjects('The groups whose members hold the policy everywhere.'),
  })
  .meta({
    description: 'Who may do what to what.',
    ...cel({
      rule: "self.scope != 'project' || ((!has(self.users) || size(self.users) == 0) && (!has(self.groups) || size(self.groups) == 0))",
      message:
        'a policy of scope project has no users or groups of its own: bind it in a project, with a ProjectPolicyBinding or a Grant',
    }),
  });

export type Policy = ObjectOf<z.infer<typeof spec>, z.infer<typeof ownerStatus>>;

export const policies = defineKind({
  group: 'auth.tkestack.io',
  kind: 'Policy',
  plural: 'policies',
  singular: 'policy',
  shortNames: ['pol'],
  description:
    'A Policy says which actions are allowed or denied on which resources. It takes effect for those who are bound to it.',
  spec,
  status: ownerStatus,
  columns: [
    TENANT,
    { name: 'Scope', type: 'string', jsonPath: '.spec.scope' },
    { name: 'Effect', type: 'string', jsonPath: '.spec.statement.effect' },
    { name: 'Category', type: 'string', jsonPath: '.spec.category', priority: 1 },
    ...OWNER_COLUMNS,
  ],
  selectable: ['.spec.tenantID', '.spec.scope', '.spec.category'],
});
