/** The fields that several kinds share. Each function makes a schema with its description. */
import * as z from 'zod';
import { cel, immutable, lineSafe } from './cel.ts';

/** Free text for people. */
export function text(description: string, maxLength = 1_024): z.ZodOptional<z.ZodString> {
  return z.string().max(maxLength).optional().meta({ description });
}

export function tenantID(): z.ZodString {
  return z
    .string()
    .min(1)
    .max(63)
    .meta({
      description: 'The tenant that the object belongs to. It never changes.',
      ...cel(immutable('tenantID'), ...lineSafe('tenantID'), {
        rule: "!self.contains('*') && !self.contains(' ')",
        message: "tenantID must not hold '*' or a space",
      }),
    });
}

const PROJECT = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A project that must be named. */
export function projectID(description: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(63)
    .regex(PROJECT)
    .meta({ description, ...cel(immutable('projectID')) });
}

/** A project that may be left out. Its kind adds `projectStays`: a rule on an optional field can't stop its removal. */
export function optionalProjectID(description: string): z.ZodOptional<z.ZodString> {
  return z
    .string()
    .max(63)
    .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?)?$/)
    .optional()
    .meta({ description });
}

/** The name of another object. */
export function objectName(description: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)
    .meta({ description });
}

/** Names of other objects, each once. */
export function objectNames(
  description: string,
  maxItems = 1_000,
): z.ZodOptional<z.ZodNullable<z.ZodArray<z.ZodString>>> {
  return z
    .array(objectName('The name of an object of that kind.'))
    .max(maxItems)
    .nullish()
    .meta({ description, 'x-kubernetes-list-type': 'set' });
}

const subject = z.object({
  id: z
    .string()
    .min(1)
    .max(253)
    .meta({
      description: 'Identifies the entry in its list. For a group, the name of the Group object.',
      ...cel(...lineSafe('id')),
    }),
  name: z
    .string()
    .max(253)
    .optional()
    .meta({
      description:
        "For a user, the login name within the tenant; without it the id is the name. '*' means every user of the tenant.",
      ...cel(...lineSafe('name')),
    }),
});

export type Subject = z.infer<typeof subject>;
type SubjectList = z.ZodOptional<z.ZodNullable<z.ZodArray<typeof subject>>>;

/** Users or groups, one entry an id, so that several appliers can own entries side by side. */
export function subjects(description: string): SubjectList {
  return z
    .array(subject)
    .max(10_000)
    .nullish()
    .meta({ description, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] });
}

/** The original keeps its finalizers in spec. They are accepted and have no effect. */
export function specFinalizers(): z.ZodOptional<z.ZodNullable<z.ZodArray<z.ZodString>>> {
  return z
    .array(z.string().max(63).meta({ description: 'A name.' }))
    .max(20)
    .nullish()
    .meta({ description: 'Accepted for manifests of the original system; without effect. See metadata.finalizers.' });
}

export function extra(): z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>> {
  return z
    .record(z.string(), z.string().max(1_024).meta({ description: 'A value.' }))
    .optional()
    .meta({ description: 'Further attributes, as the directory gives them.' });
}

/** A point in time, RFC 3339. */
export function time(description: string): z.ZodISODateTime {
  return z.iso.datetime({ offset: true }).meta({ description });
}

/**
 * When a line stops to count. A kube-apiserver also takes a list where a format is declared, unless a rule looks at the value.
 */
export function endTime(description: string): z.ZodISODateTime {
  return z.iso
    .datetime({ offset: true })
    .meta({ description, ...cel({ rule: "self >= timestamp('0001-01-01T00:00:00Z')", message: 'must be one time' }) });
}
