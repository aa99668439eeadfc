/** Parts of a status that several kinds share. */
import * as z from 'zod';
import { subjects, time } from './fields.ts';

const condition = z.object({
  type: z.string().max(316).meta({ description: 'The type of the condition, for example Ready.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether the condition is true.' }),
  reason: z.string().max(1_024).meta({ description: 'Why, in one machine-readable word.' }),
  message: z.string().max(32_768).meta({ description: 'Why, in a sentence.' }),
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The metadata.generation that the condition is based on.', format: 'int64' }),
  lastTransitionTime: time('When the status of the condition last changed.'),
});

export function conditions(max = 20): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof condition>>> {
  return z
    .array(condition)
    .max(max)
    .nullish()
    .meta({
      description: 'The observed conditions. Ready says whether everything that the object requests is in force.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    });
}

export function observedGeneration(): z.ZodOptional<z.ZodNullable<z.ZodInt>> {
  return z
    .int()
    .min(0)
    .nullish()
    .meta({ description: 'The metadata.generation that the status is based on.', format: 'int64' });
}

export function phase<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodOptional<z.ZodNullable<z.ZodEnum<{ [K in T[number]]: K }>>> {
  return z
    .enum(values)
    .nullish()
    .meta({ description: 'The state in one word, as in TKEStack. The conditions say more.' });
}

const missing = z.object({
  kind: z.string().max(63).meta({ description: 'The kind of the object.' }),
  name: z.string().max(253).meta({ description: 'The name of the object.' }),
});

/** The status of every kind that owns Rules. */
export const ownerStatusFields = {
  phase: phase(['Active', 'Terminating']),
  conditions: conditions(),
  observedGeneration: observedGeneration(),
  rules: z.int().min(0).nullish().meta({ description: 'The number of Rules of the object.', format: 'int32' }),
  users: subjects('The users that the object applies to.'),
  groups: subjects('The groups that the object applies to.'),
  missing: z.array(missing).max(2_000).nullish().meta({
    description:
      'Objects that this object refers to and that do not exist. They take effect as soon as they are created.',
  }),
};

export const ownerStatus = z
  .object(ownerStatusFields)
  .meta({ description: 'The observed state of the object. Written by its controller.' });
