/** Rule: one Casbin line. Only controllers write Rules. */
import * as z from 'zod';
import { cel } from '../schema/cel.ts';
import { AGE } from '../schema/columns.ts';
import { defineKind, type ObjectOf } from '../schema/define-kind.ts';
import { endTime } from '../schema/fields.ts';
import { conditions } from '../schema/status.ts';

const value = (description: string): z.ZodDefault<z.ZodString> =>
  z
    .string()
    .max(1_024)
    .default('')
    .meta({
      description,
      ...cel({
        rule: "!self.contains('\\n') && !self.contains('\\r')",
        message: 'a value must not contain a line break',
      }),
    });

const spec = z
  .object({
    ptype: z
      .enum(['p', 'g'])
      .meta({ description: 'The type of the line. p: a permission of a policy. g: v0 belongs to v1.' }),
    v0: value('p: the policy. g: the subject or role that belongs to v1.'),
    v1: value("p: '*'. g: the group, role or policy that v0 belongs to."),
    v2: value("p: the resource pattern. g: the domain, which is '*' for everywhere, or a project."),
    v3: value('p: the action pattern.'),
    v4: value('p: the effect, allow or deny.'),
    v5: value('Not used.'),
    v6: value('Not used.'),
    notAfter: endTime('g: when the line stops counting.').optional(),
  })
  .meta({
    description: 'The Casbin line.',
    ...cel(
      { rule: 'self == oldSelf', message: 'a Rule cannot be changed: create another one' },
      {
        rule: "self.ptype != 'p' || self.v4 in ['allow', 'deny']",
        message: 'the effect of a p Rule (v4) must be allow or deny',
      },
      { rule: "self.ptype != 'p' || self.v0 != ''", message: 'a p Rule needs its policy in v0' },
      {
        rule: "self.ptype != 'g' || (self.v0 != '' && self.v1 != '' && self.v2 != '')",
        message: 'a g Rule needs v0, v1 and v2: a subject, what it belongs to, and the domain',
      },
    ),
  });

const status = z
  .object({ conditions: conditions() })
  .meta({ description: 'The observed state of the Rule. Set only if the authorizer does not honour it.' });

export type Rule = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;

export const rules = defineKind({
  group: 'auth.tkestack.io',
  kind: 'Rule',
  plural: 'rules',
  singular: 'rule',
  shortNames: ['rul'],
  // `kubectl get steward` is for what users apply: there are many Rules for each of those objects.
  categories: [],
  description:
    'A Rule is one Casbin line. Controllers write Rules from Policies, Roles, Groups and bindings. The authorizer honours no Rule without an owner.',
  spec,
  status,
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.ptype' },
    { name: 'V0', type: 'string', jsonPath: '.spec.v0' },
    { name: 'V1', type: 'string', jsonPath: '.spec.v1' },
    { name: 'V2', type: 'string', jsonPath: '.spec.v2' },
    { name: 'V3', type: 'string', jsonPath: '.spec.v3' },
    { name: 'Effect', type: 'string', jsonPath: '.spec.v4' },
    { name: 'Owner Kind', type: 'string', jsonPath: '.metadata.labels.auth\\.tkestack\\.io/owner-kind', priority: 1 },
    { name: 'Owner', type: 'string', jsonPath: '.metadata.labels.auth\\.tkestack\\.io/owner-name' },
    AGE,
  ],
  selectable: ['.spec.ptype', '.spec.v0', '.spec.v1'],
});
