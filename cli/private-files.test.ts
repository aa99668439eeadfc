import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { isInputError } from './errors.ts';
import { checkWritable, writePrivateFile, writePrivateFolder } from './private-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'steward-cli-'));
after(() => rmSync(folder, { recursive: true }));

describe('a private file', () => {
  test('is readable only by its owner, even if it existed with another mode', async () => {
    const file = path.join(folder, 'existing');
    writeFileSync(file, 'a longer text than the new one', { mode: 0o644 });
    await writePrivateFile(file, 'new', '--file');
    assert.deepEqual([readFileSync(file, 'utf8'), statSync(file).mode & 0o777], ['new', 0o600]);
  });

  test('cannot be a folder', async () => {
    await checkWritable(folder, '--file');
    await assert.rejects(writePrivateFile(folder, '', '--file'), isInputError);
  });

  test('needs a folder that exists', async () => {
    await assert.rejects(checkWritable(path.join(folder, 'none/x'), '--file'), isInputError);
  });
});

test('a private folder is created with its parents', async () => {
  const target = path.join(folder, 'new/folder');
  await writePrivateFolder(target, { a: 'text' }, '--directory');
  assert.deepEqual([statSync(target).mode & 0o777, readFileSync(path.join(target, 'a'), 'utf8')], [0o700, 'text']);
});
