import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FieldSchema, fieldsOf, rulesOf } from './schema-fields.ts';

const description = 'A description.';
const rule = { rule: 'self != 2', message: 'must not be 2' };
const schema: FieldSchema = {
  type: 'object',
  required: ['size'],
  'x-kubernetes-validations': [{ rule: 'has(self.size)', message: 'needs a size' }],
  properties: {
    size: { type: 'integer', format: 'int32', minimum: 1, maximum: 10_000, default: 3, description },
    mode: { type: 'string', enum: ['', 'a|b'], nullable: true, description },
    pools: {
      type: 'array',
      maxItems: 5,
      description,
      'x-kubernetes-list-map-keys': ['name'],
      items: { type: 'object', properties: { name: { type: 'string', description: 'Holds *, <b> and [x].' } } },
    },
    names: { type: 'array', description, items: { type: 'string', maxLength: 63, description } },
    labels: { type: 'object', description, additionalProperties: { type: 'string', pattern: '^a$', description } },
    any: { 'x-kubernetes-preserve-unknown-fields': true, description },
    port: { 'x-kubernetes-int-or-string': true, description, 'x-kubernetes-validations': [rule] },
  },
};

describe('fields of a schema', () => {
  test('each has its path, type, default and limits, in the order of the schema', () =>
    assert.deepEqual(
      fieldsOf(schema).map(({ path, type, default: value, limits }) => [path, type, value, limits]),
      [
        ['size', 'integer (int32)', '`3`', 'required; 1 to 10,000'],
        ['mode', 'string', '', 'one of `""`, `a|b`; may be null'],
        ['pools', 'list of objects', '', 'at most 5 entries; unique by `name`'],
        ['pools[].name', 'string', '', ''],
        ['names', 'list of strings', '', ''],
        ['names[]', 'string', '', 'at most 63 characters'],
        ['labels', 'map of strings', '', ''],
        ['labels.*', 'string', '', 'matches `^a$`'],
        ['any', 'any', '', 'any fields'],
        ['port', 'integer or string', '', ''],
      ],
    ));
  test('descriptions are escaped', () =>
    assert.equal(fieldsOf(schema)[3]?.description, String.raw`Holds \*, \<b> and \[x].`));
  test('CEL rules are found at every depth', () =>
    assert.deepEqual(
      rulesOf(schema).map(({ path }) => path),
      ['', 'port'],
    ));
});
