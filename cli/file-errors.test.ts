import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isInputError } from './errors.ts';
import { unreadable, unwritable } from './file-errors.ts';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it, open '/home/x'`), { code });
}

const REASONS: Record<string, RegExp> = {
  ENOENT: /folder does not exist/,
  ENOTDIR: /folder is a file/,
  EACCES: /permission denied/,
  EROFS: /read-only/,
  EISDIR: /is a directory/,
  ENOSPC: /no space left/,
  EMFILE: /EMFILE/,
};

describe('the error for a file that cannot be written', () => {
  for (const [code, reason] of Object.entries(REASONS)) {
    test(`because of ${code} names the file, the reason and the option that chose the file`, () => {
      const error = unwritable('/home/x', '--file', systemError(code));
      assert.ok(isInputError(error));
      const [first = '', second = ''] = error.message.split('\n');
      assert.ok(first.includes('/home/x'));
      assert.match(first, reason);
      assert.match(second, /--file/);
    });
  }
});

test('the error for a file that cannot be read names the file and the reason', () => {
  assert.equal(unreadable('a.yaml', systemError('ENOENT')).message, 'a.yaml: no such file');
  assert.match(unreadable('a.yaml', systemError('EIO')).message, /^a\.yaml: EIO/);
});
