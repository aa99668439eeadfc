/**
 * Compares the translators with golden files: controllers/KIND/testdata/NAME.yaml has objects, NAME.rules.csv their
 * Casbin lines with their owners. `make golden` rewrites the lines; read the diff before you commit it.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { loadAll } from 'js-yaml';
import type { KubeObject } from '../api/object.ts';
import type { RuleObject } from '../authorization/rules/rule-object.ts';
import { worldOf } from './support/manifest-world.ts';

const ROOT = path.dirname(import.meta.dirname);
const update = process.env['UPDATE_GOLDEN'] === '1';

function line({ metadata, spec }: RuleObject): string {
  const { ptype, v0, v1, v2, v3, v4, notAfter } = spec;
  const values = ptype === 'p' ? [v0, v1, v2, v3, v4] : [v0, v1, v2];
  const owner = metadata.ownerReferences?.[0];
  const end = notAfter === undefined ? '' : ` until ${notAfter}`;
  return `${[ptype, ...values].join(', ')}  # ${owner?.kind ?? ''} ${owner?.name ?? ''}${end}`;
}

const pairs = globSync('controllers/*/testdata/*.yaml', { cwd: ROOT });

test('every translator has golden files', () => {
  const translators = globSync('controllers/*/translate.ts', { cwd: ROOT }).map((file) => path.dirname(file));
  assert.deepEqual([...new Set(pairs.map((file) => path.dirname(path.dirname(file))))].sort(), translators.sort());
});

for (const file of pairs) {
  test(file, () => {
    const objects = loadAll(readFileSync(path.join(ROOT, file), 'utf8')) as KubeObject[];
    const actual = `${worldOf(objects, 0).rules.map(line).sort().join('\n')}\n`;
    const golden = path.join(ROOT, file.replace(/\.yaml$/, '.rules.csv'));
    if (update) writeFileSync(golden, actual);
    assert.ok(existsSync(golden), 'run `make golden`');
    assert.equal(actual, readFileSync(golden, 'utf8'));
  });
}
