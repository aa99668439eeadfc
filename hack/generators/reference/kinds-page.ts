/** The kinds of one API group → their page. Pure. */
import type { Kind } from '../../../api/schema/define-kind.ts';
import { crdOf } from '../crd.ts';
import { code, codes, contents, page, prose, sortedBy, table } from './markdown.ts';
import { type FieldSchema, fieldsOf, rulesOf } from './schema-fields.ts';

/** As much of a CustomResourceDefinition as the reference shows. */
interface Crd {
  readonly spec: {
    readonly scope: string;
    readonly names: {
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly versions: readonly [Version];
  };
}

interface Version {
  readonly subresources?: Readonly<Record<string, unknown>>;
  readonly selectableFields: readonly { readonly jsonPath: string }[];
  readonly additionalPrinterColumns: readonly Column[];
  readonly schema: { readonly openAPIV3Schema: FieldSchema };
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly priority?: number;
}

/** `kinds` are all of one API version, such as `auth.tkestack.io/v1`. */
export function kindsPage(apiVersion: string, kinds: readonly Kind[]): string {
  const sorted = sortedBy(kinds, ({ kind }) => kind);
  return page(
    apiVersion,
    'The kinds of this API group, with every field, its limits, and the rules that the API server checks at admission.',
    contents(sorted.map(({ kind }) => kind)),
    ...sorted.flatMap(sectionOf),
  );
}

function sectionOf(kind: Kind): readonly string[] {
  // crdOf returns what is written to crds/ as it stands.
  const { spec } = crdOf(kind) as Crd;
  const { names, scope, versions } = spec;
  const [{ subresources = {}, selectableFields, additionalPrinterColumns, schema }] = versions;
  const { openAPIV3Schema: root } = schema;
  return [
    `## ${kind.kind}`,
    prose(root.description ?? ''),
    table(
      ['', ''],
      [
        ['Scope', scope],
        ['Names', codes([names.plural, names.singular, ...names.shortNames])],
        ['Categories', codes(names.categories ?? [])],
        ['Subresources', codes(Object.keys(subresources))],
        ['Field selectors', codes(selectableFields.map(({ jsonPath }) => jsonPath.slice(1)))],
      ],
    ),
    `Columns of \`kubectl get\`:`,
    table(
      ['Column', 'Type', 'Value', 'Shown'],
      additionalPrinterColumns.map(({ name, type, jsonPath, priority }) => [
        name,
        type,
        code(jsonPath),
        priority === undefined ? 'always' : 'with `-o wide`',
      ]),
    ),
    ...fieldTables(root),
  ];
}

function fieldTables(root: FieldSchema): readonly string[] {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...properties } = root.properties ?? {};
  const fields = fieldsOf({ ...root, properties });
  const rules = rulesOf(root);
  return [
    'Fields:',
    table(
      ['Field', 'Type', 'Default', 'Limits', 'Description'],
      fields.map((field) => [code(field.path), field.type, field.default, field.limits, field.description]),
    ),
    ...(rules.length === 0 ? [] : ['Rules (CEL):']),
    table(
      ['Field', 'Rule', 'Message'],
      rules.map(({ path, rule, message, messageExpression }) => [
        path === '' ? 'the object' : code(path),
        code(rule),
        messageExpression === undefined
          ? prose(message)
          : `${prose(message)}<br>or the text of ${code(messageExpression)}`,
      ]),
    ),
  ];
}
