import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commonFlags } from './flags.ts';
import { helpText } from './help.ts';

const SPECS = {
  ...commonFlags(true),
  'tls-cert-file': { type: 'string', value: 'FILE', required: true, help: 'The certificate.' },
} as const;

describe('the text of --help', () => {
  const text = helpText('thing', SPECS);

  test('lists every flag, with its value, its default and whether it is required', () => {
    for (const flag of Object.keys(SPECS)) assert.match(text, new RegExp(`^  --${flag}\\b`, 'm'));
    assert.match(text, /^  --leader-elect-retry-period=SECONDS \(default 2\)$/m);
    assert.match(text, /^  --tls-cert-file=FILE \(required\)$/m);
  });

  test('fits into 80 columns, with every description whole', () => {
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    );
    const words = text.replaceAll(/\s+/g, ' ');
    for (const { help } of Object.values(SPECS)) assert.ok(words.includes(help), help);
  });

  test('leaves a word that is longer than a line whole', () => {
    const long = 'x'.repeat(100);
    assert.match(
      helpText('thing', { a: { type: 'boolean', help: `See ${long} first.` } }),
      new RegExp(`\n +See\n +${long}\n +first\\.\n`),
    );
  });
});
