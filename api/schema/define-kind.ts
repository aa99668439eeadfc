/**
 * A kind: one description from which its type, its CRD, its documentation and the check of manifests in files are made.
 */
import * as z from 'zod';
import type { KubeObject, Resource } from '../object.ts';
import type { CelRule } from './cel.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date' | 'boolean';
  readonly jsonPath: string;
  readonly description?: string;
  /** 1: only with -o wide. */
  readonly priority?: number;
}

interface Description {
  readonly group: string;
  /** v1 when left out. */
  readonly version?: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced?: boolean;
  readonly description: string;
  /** CEL rules over the whole object. */
  readonly rules?: readonly CelRule[];
  readonly columns: readonly PrinterColumn[];
  /** JSON paths for `--field-selector`. */
  readonly selectable: readonly string[];
}

export interface KindOptions<Spec extends z.ZodType, Status extends z.ZodType> extends Description {
  readonly spec: Spec;
  readonly status: Status;
}

/** Of a kind without spec and status: its fields stand beside metadata, as those of a Secret do. */
export interface FlatKindOptions<Fields extends z.ZodRawShape> extends Description {
  readonly fields: Fields;
  readonly required: readonly (keyof Fields & string)[];
}

/** An object of a kind, as the API server returns it: defaults are filled in. */
export interface ObjectOf<Spec, Status> extends KubeObject {
  readonly spec: Spec;
  readonly status?: Status | null | undefined;
}

/** What a CRD is made of. */
export interface Schema extends Description {
  /** What stands beside metadata, by name. */
  readonly parts: Readonly<Record<string, z.ZodType>>;
  readonly required: readonly string[];
  readonly hasStatus: boolean;
}

export interface Kind<T extends KubeObject = KubeObject> extends Resource<T> {
  readonly options: Schema;
  /** Checks a manifest and fills in defaults. Throws ManifestError. CEL rules are the API server's affair. */
  parse(manifest: unknown): T;
}

/** A manifest that does not fit its kind; the message names kind, object and field. */
export class ManifestError extends Error {}

/** As the API server accepts them: anything else could be taken for a part of a line. */
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
      // The schema is that of the type: both come from the same parts.
      if (result.success) return result.data as unknown as T;
      throw new ManifestError(`${kind} ${nameOf(manifest)}: ${z.prettifyError(result.error)}`);
    },
  };
}

function nameOf(manifest: unknown): string {
  const named = z.object({ metadata: z.object({ name: z.string() }) }).safeParse(manifest);
  return named.success ? named.data.metadata.name : '(without a name)';
}
