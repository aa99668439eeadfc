/** Rule: one Casbin line. Written by controllers, never by people. */
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
      ...cel({ rule: "!self.contains('\\n') && !self.contains('\\r')", message: 'a value must not hold a line break' }),
    });

const spec = z
  .object({
    ptype: z
      .enum(['p', 'g'])
      .meta({ description: 'p: a permission of a policy. g: the first value belongs to the second.' }),
    v0: value('p: the policy. g: the member, a subject, role or policy.'),
    v1: value("p: '*'. g: what it belongs to."),
    v2: value("p: the resource pattern. g: the domain, '*' for everywhere or a project."),
    v3: value('p: the action pattern.'),
    v4: value('p: allow or deny.'),
    v5: value('Not used.'),
    v6: value('Not used.'),
    notAfter: endTime('g: from then on the line no longer counts.').optional(),
  })
  .meta({
    description: 'The values of the line.',
    ...cel(
      { rule: 'self == oldSelf', message: 'a Rule is one line: create another instead of changing it' },
      {
        rule: "self.ptype != 'p' || self.v4 in ['allow', 'deny']",
        message: 'the effect of a p Rule (v4) is allow or deny',
      },
      { rule: "self.ptype != 'p' || self.v0 != ''", message: 'a p Rule names its policy in v0' },
      {
        rule: "self.ptype != 'g' || (self.v0 != '' && self.v1 != '' && self.v2 != '')",
        message: 'a g Rule needs v0, v1 and v2: member, what it belongs to, and domain',
      },
    ),
  });

const status = z
  .object({ conditions: conditions() })
  .meta({ description: 'Set only for a Rule that is not honoured.' });

export type Rule = ObjectOf<z.infer<typeof spec>, z.infer<typeof status>>;

export const rules = defineKind({
  group: 'auth.tkestack.io',
  kind: 'Rule',
  plural: 'rules',
  singular: 'rule',
  shortNames: ['rul'],
  description:
    'A Rule is one Casbin line. Controllers write Rules from Policies, Roles, Groups and bindings; a Rule without an owner is not honoured.',
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
