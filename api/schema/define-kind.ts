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

export interface KindOptions<Spec extends z.ZodType, Status extends z.ZodType> {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced?: boolean;
  readonly description: string;
  readonly spec: Spec;
  readonly status: Status;
  /** CEL rules over the whole object. */
  readonly rules?: readonly CelRule[];
  readonly columns: readonly PrinterColumn[];
  /** JSON paths for `--field-selector`. */
  readonly selectable: readonly string[];
}

/** An object of a kind, as the API server returns it: defaults are filled in. */
export interface ObjectOf<Spec, Status> extends KubeObject {
  readonly spec: Spec;
  readonly status?: Status | null | undefined;
}

export interface Kind<T extends KubeObject = KubeObject> extends Resource<T> {
  readonly options: KindOptions<z.ZodType, z.ZodType>;
  /** Checks a manifest and fills in defaults. Throws ManifestError. CEL rules are the API server's affair. */
  parse(manifest: unknown): T;
}

/** A manifest that does not fit its kind; the message names kind, object and field. */
export class ManifestError extends Error {}

const VERSION = 'v1';

/** As the API server accepts them: anything else could be taken for a part of a line. */
const objectName = z.string().max(253).regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'must be lower-case letters, digits, - and .');
const metadata = z.looseObject({ name: objectName, namespace: objectName.optional() });

export function defineKind<Spec extends z.ZodType, Status extends z.ZodType>(
  options: KindOptions<Spec, Status>,
): Kind<ObjectOf<z.infer<Spec>, z.infer<Status>>> {
  const { group, kind, plural, namespaced = false } = options;
  const schema = z.looseObject({
    apiVersion: z.literal(`${group}/${VERSION}`),
    kind: z.literal(kind),
    metadata,
    spec: options.spec,
    status: options.status.nullish(),
  });
  return {
    group,
    version: VERSION,
    kind,
    plural,
    namespaced,
    options,
    parse: (manifest) => {
      const result = schema.safeParse(manifest);
      // The schema is that of the type: both come from `options`.
      if (result.success) return result.data as unknown as ObjectOf<z.infer<Spec>, z.infer<Status>>;
      throw new ManifestError(`${kind} ${nameOf(manifest)}: ${z.prettifyError(result.error)}`);
    },
  };
}

function nameOf(manifest: unknown): string {
  const named = z.object({ metadata: z.object({ name: z.string() }) }).safeParse(manifest);
  return named.success ? named.data.metadata.name : '(without a name)';
}
