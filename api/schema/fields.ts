/** Fields that several kinds share. Each function returns a schema with its description. */
import * as z from 'zod';
import { cel, immutable, lineSafe } from './cel.ts';

/** Free text. */
export function text(description: string, maxLength = 1_024): z.ZodOptional<z.ZodString> {
  return z.string().max(maxLength).optional().meta({ description });
}

export function tenantID(): z.ZodString {
  return z
    .string()
    .min(1)
    .max(63)
    .meta({
      description: 'The tenant that the object belongs to. It cannot be changed.',
      ...cel(immutable('tenantID'), ...lineSafe('tenantID'), {
        rule: "!self.contains('*') && !self.contains(' ')",
        message: "tenantID must not contain '*' or a space",
      }),
    });
}

const PROJECT = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** A required project. */
export function projectID(description: string): z.ZodString {
  return z
    .string()
    .min(1)
    .max(63)
    .regex(PROJECT)
    .meta({ description, ...cel(immutable('projectID')) });
}

/** An optional project. The spec must add the rule `projectStays`: a rule on an optional field cannot prevent its removal. */
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

/** Names of other objects, without duplicates. */
export function objectNames(
  description: string,
  maxItems = 1_000,
): z.ZodOptional<z.ZodNullable<z.ZodArray<z.ZodString>>> {
  return z
    .array(objectName('The name of an object.'))
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
      description: 'Identifies the entry in the list. For a group, the name of the Group or LocalGroup.',
      ...cel(...lineSafe('id')),
    }),
  name: z
    .string()
    .max(253)
    .optional()
    .meta({
      description:
        "For a user, the login name within the tenant. If left out, the id is the login name. '*' means every user of the tenant.",
      ...cel(...lineSafe('name')),
    }),
});

export type Subject = z.infer<typeof subject>;
type SubjectList = z.ZodOptional<z.ZodNullable<z.ZodArray<typeof subject>>>;

/** Users or groups, keyed by id, so that several field managers can each own entries. */
export function subjects(description: string): SubjectList {
  return z
    .array(subject)
    .max(10_000)
    .nullish()
    .meta({ description, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'] });
}

/** TKEStack keeps finalizers in the spec. They are accepted, but have no effect. */
export function specFinalizers(): z.ZodOptional<z.ZodNullable<z.ZodArray<z.ZodString>>> {
  return z
    .array(z.string().max(63).meta({ description: 'A name.' }))
    .max(20)
    .nullish()
    .meta({ description: 'Accepted for manifests of TKEStack, but without effect. See metadata.finalizers.' });
}

export function extra(): z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodString>> {
  return z
    .record(z.string(), z.string().max(1_024).meta({ description: 'A value.' }))
    .optional()
    .meta({ description: 'Further attributes from the directory.' });
}

/** A time in RFC 3339. */
export function time(description: string): z.ZodISODateTime {
  return z.iso.datetime({ offset: true }).meta({ description });
}

/**
 * When a line stops counting. The rule is needed: where only a format is declared, a kube-apiserver also accepts a list.
 */
export function endTime(description: string): z.ZodISODateTime {
  return z.iso.datetime({ offset: true }).meta({
    description,
    ...cel({ rule: "self >= timestamp('0001-01-01T00:00:00Z')", message: 'must be a single time' }),
  });
}
