/** Policy: which actions are allowed or denied on which resources. */
import * as z from 'zod';
import { cel } from '../schema/cel.ts';
import { OWNER_COLUMNS, TENANT } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { specFinalizers, subjects, tenantID, text } from '../schema/fields.ts';
import { ownerStatus } from '../schema/status.ts';

const noLineBreak = (what: string): ReturnType<typeof cel> =>
  cel({ rule: "!self.contains('\\n') && !self.contains('\\r')", message: `${what} must not contain a line break` });

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
              "A pattern for actions, for example getDeployment, listDeployments or updateDeploymentScale. '*' matches any characters.",
            ...noLineBreak('an action'),
          }),
      )
      .min(1)
      .max(1_000)
      .meta({ description: 'The actions. Each of them applies to each of the resources.' }),
    resources: z
      .array(
        z
          .string()
          .min(1)
          .max(1_024)
          .meta({
            description:
              "A pattern for objects, for example namespace:dev/deployment:web or cluster:cls-a/node:*. '*' matches any characters, '/' included.",
            ...noLineBreak('a resource'),
          }),
      )
      .min(1)
      .max(1_000)
      .meta({ description: 'The resources that the actions apply to.' }),
    effect: z
      .enum(['allow', 'deny'])
      .meta({ description: 'Whether the actions are allowed or denied. A deny wins over every allow.' }),
  })
  .meta({ description: 'What the policy allows or denies.' });

const spec = z
  .object({
    displayName: text('A human-readable name.', 256),
    tenantID: tenantID(),
    category: text('A category for lists, for example workload, network or storage.', 63),
    type: z
      .enum(['custom', 'default'])
      .default('custom')
      .meta({ description: 'default for policies from the catalogue, custom for all others.' }),
    scope: z.enum(['', 'platform', 'project']).default('').meta({
      description:
        'platform or empty: the policy applies everywhere to its users and groups. project: a ProjectPolicyBinding or a Grant binds it in a project.',
    }),
    username: text('The user who created the policy.', 253),
    description: text('What the policy is for.', 4_096),
    statement,
    conditions: text('Reserved, as in TKEStack. In base64.', 65_536),
    finalizers: specFinalizers(),
    users: subjects('The users that hold the policy everywhere.'),
    groups: subjects('The groups to whose members the policy applies everywhere.'),
  })
  .meta({
    description: 'Which actions are allowed or denied on which resources, and who holds the policy.',
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
    'A Policy allows or denies actions on resources. It applies to the users and groups that are bound to it.',
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
