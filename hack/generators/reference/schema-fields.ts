/** The schema of a CRD → one row for each field, and one for each CEL rule. Pure. */
import type { CelRule } from '../../../api/schema/cel.ts';
import { code, prose } from './markdown.ts';

/** As much of a structural schema as the reference shows. */
export interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly additionalProperties?: FieldSchema;
  readonly items?: FieldSchema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
}

export interface Field {
  /** For example `spec.groups[].id`; `spec.extra.*` stands for any key. */
  readonly path: string;
  readonly type: string;
  /** Empty when the field has none. */
  readonly default: string;
  readonly limits: string;
  readonly description: string;
}

export interface FieldRule extends CelRule {
  /** Empty for a rule over the whole object. */
  readonly path: string;
}

/** Every field below the given one, in the order of the schema. */
export function fieldsOf(schema: FieldSchema, path = ''): readonly Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [fieldOf(child, at, schema.required?.includes(name) === true), ...below(child, at)];
  });
}

/** Every CEL rule of the schema and of its fields, in their order. */
export function rulesOf(schema: FieldSchema, path = ''): readonly FieldRule[] {
  const own = (schema['x-kubernetes-validations'] ?? []).map((rule) => ({ ...rule, path }));
  return [...own, ...childrenOf(schema, path).flatMap(([child, at]) => rulesOf(child, at))];
}

function childrenOf(schema: FieldSchema, path: string): readonly (readonly [FieldSchema, string])[] {
  const named = Object.entries(schema.properties ?? {}).map(
    ([name, child]) => [child, path === '' ? name : `${path}.${name}`] as const,
  );
  const { additionalProperties, items } = schema;
  return [
    ...named,
    ...(additionalProperties === undefined ? [] : [[additionalProperties, `${path}.*`] as const]),
    ...(items === undefined ? [] : [[items, `${path}[]`] as const]),
  ];
}

/** The fields within a field: those of its items or values when it is a list or a map. */
function below(schema: FieldSchema, path: string): readonly Field[] {
  const { items, additionalProperties } = schema;
  if (items !== undefined) return [...itemRow(items, `${path}[]`), ...below(items, `${path}[]`)];
  if (additionalProperties !== undefined)
    return [fieldOf(additionalProperties, `${path}.*`, false), ...below(additionalProperties, `${path}.*`)];
  return fieldsOf(schema, path);
}

/** Items that are objects are described by their fields; others have limits of their own. */
function itemRow(items: FieldSchema, path: string): readonly Field[] {
  return items.type === 'object' && items.properties !== undefined ? [] : [fieldOf(items, path, false)];
}

function fieldOf(schema: FieldSchema, path: string, required: boolean): Field {
  return {
    path,
    type: typeOf(schema),
    default: schema.default === undefined ? '' : code(JSON.stringify(schema.default)),
    limits: [...(required ? ['required'] : []), ...limitsOf(schema)].join('; '),
    description: prose(schema.description ?? ''),
  };
}

function typeOf(schema: FieldSchema): string {
  if (schema['x-kubernetes-int-or-string'] === true) return 'integer or string';
  const { type = 'any', format, items, additionalProperties } = schema;
  if (items !== undefined) return `list of ${typeOf(items)}s`;
  if (additionalProperties !== undefined) return `map of ${typeOf(additionalProperties)}s`;
  return format === undefined ? type : `${type} (${format})`;
}

function limitsOf(schema: FieldSchema): readonly string[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  return [
    ...(schema.enum === undefined
      ? []
      : [`one of ${schema.enum.map((value) => code(value === '' ? '""' : String(value))).join(', ')}`]),
    ...range(schema.minLength, schema.maxLength, 'characters'),
    ...range(schema.minItems, schema.maxItems, 'entries'),
    ...range(schema.minimum, schema.maximum, ''),
    ...(schema.pattern === undefined ? [] : [`matches ${code(schema.pattern)}`]),
    ...(schema['x-kubernetes-list-type'] === 'set' ? ['each once'] : []),
    ...(keys === undefined ? [] : [`unique by ${keys.map(code).join(', ')}`]),
    ...(schema['x-kubernetes-preserve-unknown-fields'] === true ? ['any fields'] : []),
    ...(schema.nullable === true ? ['may be null'] : []),
  ];
}

function range(min: number | undefined, max: number | undefined, unit: string): readonly string[] {
  const said =
    min !== undefined && max !== undefined
      ? min === max
        ? number(min)
        : `${number(min)} to ${number(max)}`
      : min !== undefined
        ? `at least ${number(min)}`
        : max !== undefined
          ? `at most ${number(max)}`
          : undefined;
  return said === undefined ? [] : [`${said} ${unit}`.trimEnd()];
}

/** 10000 → 10,000 */
function number(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}
