/**
 * The text of `what-can` over the samples. `make golden` writes the golden file again; read the difference before
 * you commit it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { whatCan } from '../../authorization/engine/what-can.ts';
import { permissionsText } from '../output/permissions.ts';
import { readManifests } from '../world/manifests.ts';
import { translatedWorld } from '../world/translated.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const GOLDEN = path.join(import.meta.dirname, 'testdata/what-can-bob.txt');
const update = process.env['UPDATE_GOLDEN'] === '1';

test('what-can over the samples prints the golden text', () => {
  const args = ['cli/main.ts', 'what-can', '--as', 'bob', '--tenant', 'acme', '-f', 'config/samples'];
  const text = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  if (update) writeFileSync(GOLDEN, text);
  assert.equal(text, readFileSync(GOLDEN, 'utf8'));
});

describe('no line is longer than the terminal is wide, unless it is a single word', () => {
  for (const folder of ['config/samples', 'test/catalog/two-tenants']) {
    test(`for every user, group and role of ${folder}`, async () => {
      const { index, nowMs, rules } = translatedWorld(await readManifests([path.join(ROOT, folder)], false), 0);
      const holders = new Set(rules.map(({ spec }) => spec.v0));
      assert.ok(holders.size > 0);
      for (const holder of holders) {
        for (const width of [40, 80, 120]) {
          const lines = permissionsText(whatCan(index, [holder], nowMs), width).split('\n');
          assert.deepEqual(
            lines.filter((line) => line.length > width && line.trim().includes(' ')),
            [],
          );
        }
      }
    });
  }
});
