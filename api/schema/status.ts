/** The parts of a status that several kinds share. */
import * as z from 'zod';
import { subjects, time } from './fields.ts';

const condition = z.object({
  type: z.string().max(316).meta({ description: 'What is judged, for example Ready.' }),
  status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it holds.' }),
  reason: z.string().max(1_024).meta({ description: 'Why, in one word for machines.' }),
  message: z.string().max(32_768).meta({ description: 'Why, for people.' }),
  observedGeneration: z
    .int()
    .min(0)
    .optional()
    .meta({ description: 'The metadata.generation that was judged.', format: 'int64' }),
  lastTransitionTime: time('When status last changed.'),
});

export function conditions(max = 20): z.ZodOptional<z.ZodNullable<z.ZodArray<typeof condition>>> {
  return z
    .array(condition)
    .max(max)
    .nullish()
    .meta({
      description:
        'The state in single judgements. Ready says whether everything that the object asks for is in force.',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
    });
}

export function observedGeneration(): z.ZodOptional<z.ZodNullable<z.ZodInt>> {
  return z
    .int()
    .min(0)
    .nullish()
    .meta({ description: 'The metadata.generation that this status speaks of.', format: 'int64' });
}

export function phase<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodOptional<z.ZodNullable<z.ZodEnum<{ [K in T[number]]: K }>>> {
  return z
    .enum(values)
    .nullish()
    .meta({ description: 'The state in one word, as the original shows it. Conditions say more.' });
}

const missing = z.object({
  kind: z.string().max(63).meta({ description: 'The kind of the object.' }),
  name: z.string().max(253).meta({ description: 'The name of the object.' }),
});

/** What every kind reports that stands for Rules. */
export const ownerStatusFields = {
  phase: phase(['Active', 'Terminating']),
  conditions: conditions(),
  observedGeneration: observedGeneration(),
  rules: z.int().min(0).nullish().meta({ description: 'How many Rules the object stands for.', format: 'int32' }),
  users: subjects('The users that the object reaches.'),
  groups: subjects('The groups that the object reaches.'),
  missing: z
    .array(missing)
    .max(2_000)
    .nullish()
    .meta({ description: 'Objects that are referred to and do not exist. They take effect when they appear.' }),
};

export const ownerStatus = z
  .object(ownerStatusFields)
  .meta({ description: 'What became of the object. Written by its controller.' });
