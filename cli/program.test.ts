/** What --help and the reference show, and that building the program loads nothing heavy. */
import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EXIT_CODES } from './exit-codes.ts';

const loaded: string[] = [];
const hooks = registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    loaded.push(resolved.url);
    return resolved;
  },
});
const { buildProgram } = await import('./program.ts');
hooks.deregister();

test('the program loads only commander and files of cli/ before a command runs', () => {
  const files = loaded.filter((url) => url.startsWith('file:')).map((url) => fileURLToPath(url));
  const others = files.filter((file) => path.relative(import.meta.dirname, file).startsWith('..'));
  assert.ok(files.length > others.length);
  assert.deepEqual(
    others.filter((file) => !file.includes(`${path.sep}node_modules${path.sep}commander${path.sep}`)),
    [],
  );
});

describe('every command', () => {
  for (const command of buildProgram().commands) {
    test(`${command.name()} has a summary, and a description for itself and each argument and option`, () => {
      const parts = [...command.registeredArguments, ...command.options].map(({ description }) => description);
      assert.ok([command.summary(), command.description(), ...parts].every((text) => text !== ''));
    });
  }
});

test('--help of the program lists each command and each exit code', () => {
  let help = '';
  const program = buildProgram().configureOutput({ writeOut: (text) => (help += text) });
  program.outputHelp();
  for (const command of program.commands) assert.match(help, new RegExp(`^ {2}${command.name()} `, 'm'));
  for (const { code } of Object.values(EXIT_CODES)) assert.match(help, new RegExp(`^ {2}${code} {2}`, 'm'));
});
