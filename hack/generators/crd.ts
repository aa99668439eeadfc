/** Translates a kind into its CustomResourceDefinition. Pure. Throws when the schema is not structural or a field has no description. */
import * as z from 'zod';
import type { Kind, PrinterColumn } from '../../api/schema/define-kind.ts';

type Schema = Record<string, unknown>;

export function crdOf({ options, version, namespaced }: Kind): object {
  const { group, kind, plural, singular, shortNames, categories = ['steward'] } = options;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/part-of': 'steward' } },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        shortNames: [...shortNames],
        ...(categories.length === 0 ? {} : { categories: [...categories] }),
      },
      scope: namespaced ? 'Namespaced' : 'Cluster',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(options.hasStatus ? { subresources: { status: {} } } : {}),
          selectableFields: options.selectable.map((jsonPath) => ({ jsonPath })),
          additionalPrinterColumns: options.columns.map(columnOf),
          schema: { openAPIV3Schema: schemaOf(options) },
        },
      ],
    },
  };
}

function columnOf({ name, type, jsonPath, priority }: PrinterColumn): object {
  return { name, type, jsonPath, ...(priority === undefined ? {} : { priority }) };
}

function schemaOf(options: Kind['options']): Schema {
  const { kind, description, rules } = options;
  const parts = Object.fromEntries(Object.entries(options.parts).map(([name, part]) => [name, structural(part)]));
  for (const [part, schema] of Object.entries(parts)) check(schema, `${kind}.${part}`);
  return {
    type: 'object',
    description,
    required: [...options.required],
    properties: {
      apiVersion: { type: 'string', description: 'The version of the schema of this object.' },
      kind: { type: 'string', description: 'The kind of this object.' },
      metadata: { type: 'object' },
      ...parts,
    },
    ...(rules === undefined ? {} : { 'x-kubernetes-validations': rules }),
  };
}

/** Reduces the JSON Schema that zod writes to the subset that the API server accepts. */
function structural(type: z.ZodType): Schema {
  const schema: Schema = z.toJSONSchema(type, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => simplify(jsonSchema as Schema, zodSchema._zod.def.type, zodSchema),
  });
  delete schema['$schema'];
  return schema;
}

function simplify(schema: Schema, type: string, source: z.core.$ZodTypes): void {
  if (schema['x-kubernetes-int-or-string'] === true) for (const key of ['anyOf', 'type']) delete schema[key];
  if (schema['format'] === 'date-time') delete schema['pattern'];
  // zod adds the safe-integer bounds of JavaScript; the API has no such limits.
  for (const [bound, safe] of [
    ['maximum', Number.MAX_SAFE_INTEGER],
    ['minimum', Number.MIN_SAFE_INTEGER],
  ] as const) {
    if (schema[bound] === safe) delete schema[bound];
  }
  delete schema['propertyNames'];
  if (type !== 'object') return;
  const open = source._zod.def.type === 'object' && source._zod.def.catchall?._zod.def.type === 'unknown';
  delete schema['additionalProperties'];
  if (open) schema['x-kubernetes-preserve-unknown-fields'] = true;
}

/** The marks of a value that may have several types. */
const UNTYPED_MARKS = ['x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields'];
const FORBIDDEN = ['$ref', 'anyOf', 'oneOf', 'allOf', 'not'];

function check(schema: Schema, path: string): void {
  const wrong = FORBIDDEN.find((key) => key in schema);
  if (wrong !== undefined) throw new Error(`${path}: the API server does not accept ${wrong}`);
  const isTyped = typeof schema['type'] === 'string' || UNTYPED_MARKS.some((mark) => schema[mark] === true);
  if (!isTyped) throw new Error(`${path}: needs one type`);
  if (typeof schema['description'] !== 'string') throw new Error(`${path}: needs a description`);
  const children = { ...(schema['properties'] as Record<string, Schema> | undefined) };
  for (const [name, child] of Object.entries(children)) check(child, `${path}.${name}`);
  if (typeof schema['additionalProperties'] === 'object') check(schema['additionalProperties'] as Schema, `${path}.*`);
  const items = schema['items'] as Schema | undefined;
  // A list describes its items.
  if (items !== undefined) check({ description: '', ...items }, `${path}[]`);
}
