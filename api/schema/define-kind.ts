/**
 * Defines a kind once. Its TypeScript type, its CRD, its reference and the validation of manifests in files derive from that.
 */
import * as z from 'zod';
import type { KubeObject, Resource } from '../object.ts';
import type { CelRule } from './cel.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description?: string;
  /** 1 shows the column only with -o wide. */
  readonly priority?: number;
}

interface Description {
  readonly group: string;
  /** Defaults to v1. */
  readonly version?: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced?: boolean;
  /** The groups of kinds that `kubectl get` accepts. Defaults to `steward`. */
  readonly categories?: readonly string[];
  readonly description: string;
  /** CEL rules over the whole object. */
  readonly rules?: readonly CelRule[];
  readonly columns: readonly PrinterColumn[];
  /** JSON paths that `--field-selector` accepts. */
  readonly selectable: readonly string[];
}

export interface KindOptions<Spec extends z.ZodType, Status extends z.ZodType> extends Description {
  readonly spec: Spec;
  readonly status: Status;
}

/** A kind without spec and status subresource: its fields are beside metadata, as in a Secret. */
export interface FlatKindOptions<Fields extends z.ZodRawShape> extends Description {
  readonly fields: Fields;
  readonly required: readonly (keyof Fields & string)[];
}

/** An object of a kind as the API server returns it, with defaults filled in. */
export interface ObjectOf<Spec, Status> extends KubeObject {
  readonly spec: Spec;
  readonly status?: Status | null | undefined;
}

/** The input for a CRD. */
export interface Schema extends Description {
  /** The fields beside metadata, by name. */
  readonly parts: Readonly<Record<string, z.ZodType>>;
  readonly required: readonly string[];
  readonly hasStatus: boolean;
}

export interface Kind<T extends KubeObject = KubeObject> extends Resource<T> {
  readonly options: Schema;
  /** Validates a manifest and fills in defaults. Throws ManifestError. Does not check CEL rules: only the API server does. */
  parse(manifest: unknown): T;
}

/** A manifest that does not match its kind. The message names the kind, the object and the field. */
export class ManifestError extends Error {}

/** As strict as the API server. Other characters could be mistaken for separators in a Casbin line. */
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be lower-case letters, digits, - and .');
const metadata = z.looseObject({ name: objectName, namespace: objectName.optional() });

export function defineKind<Spec extends z.ZodType, Status extends z.ZodType>({
  spec,
  status,
  ...description
}: KindOptions<Spec, Status>): Kind<ObjectOf<z.infer<Spec>, z.infer<Status>>> {
  const options = { ...description, parts: { spec, status }, required: ['spec'], hasStatus: true };
  return kindOf(options, { spec, status: status.nullish() });
}

export function defineFlatKind<Fields extends z.ZodRawShape>({
  fields,
  required,
  ...description
}: FlatKindOptions<Fields>): Kind<KubeObject & z.infer<z.ZodObject<Fields>>> {
  const parts = fields as unknown as Readonly<Record<string, z.ZodType>>;
  return kindOf({ ...description, parts, required, hasStatus: false }, parts);
}

function kindOf<T extends KubeObject>(options: Schema, parts: Readonly<Record<string, z.ZodType>>): Kind<T> {
  const { group, version = 'v1', kind, plural, namespaced = false } = options;
  const schema = z.looseObject({
    apiVersion: z.literal(`${group}/${version}`),
    kind: z.literal(kind),
    metadata,
    ...parts,
  });
  return {
    group,
    version,
    kind,
    plural,
    namespaced,
    options,
    parse: (manifest) => {
      const result = schema.safeParse(manifest);
      // The cast holds because the type is inferred from the same parts as the schema.
      if (result.success) return result.data as unknown as T;
      throw new ManifestError(`${kind} ${nameOf(manifest)}: ${z.prettifyError(result.error)}`);
    },
  };
}

function nameOf(manifest: unknown): string {
  const named = z.object({ metadata: z.object({ name: z.string() }) }).safeParse(manifest);
  return named.success ? named.data.metadata.name : '(without a name)';
}
