/** The questions of create-cluster. A stream is the terminal. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { askForMissing, type GivenNames } from './ask-for-missing.ts';

function terminal(isTTY: boolean, typed: string): typeof process.stdin {
  const stream = Object.assign(new PassThrough(), { isTTY });
  stream.write(typed);
  return stream as unknown as typeof process.stdin;
}

const CASES: Record<string, { given: GivenNames; typed: string; asks: GivenNames }> = {
  'asks for both': {
    given: { name: undefined, externalHostname: undefined },
    typed: 'dev\nk8s.example.com\n',
    asks: { name: 'dev', externalHostname: 'k8s.example.com' },
  },
  'asks only for the hostname': {
    given: { name: 'dev', externalHostname: undefined },
    typed: ' \n',
    asks: { name: 'dev', externalHostname: undefined },
  },
  'asks only for the name': {
    given: { name: undefined, externalHostname: 'k8s.example.com' },
    typed: 'dev\n',
    asks: { name: 'dev', externalHostname: 'k8s.example.com' },
  },
  'asks nothing if both are given': {
    given: { name: 'dev', externalHostname: 'k8s.example.com' },
    typed: '',
    asks: { name: 'dev', externalHostname: 'k8s.example.com' },
  },
};
for (const [what, { given, typed, asks }] of Object.entries(CASES)) {
  test(`at a terminal it ${what}`, async () =>
    assert.deepEqual(await askForMissing(given, true, terminal(true, typed)), asks));
}
test('refuses an empty name', async () =>
  assert.rejects(
    askForMissing({ name: undefined, externalHostname: 'a' }, true, terminal(true, '\n')),
    /needs a name/,
  ));
test('asks nothing without a terminal: a missing name is an error, a missing hostname is not', async () => {
  await assert.rejects(
    askForMissing({ name: undefined, externalHostname: undefined }, true, terminal(false, 'dev\n')),
    /create-cluster NAME/,
  );
  assert.deepEqual(await askForMissing({ name: 'dev', externalHostname: undefined }, true, terminal(false, 'x\n')), {
    name: 'dev',
    externalHostname: undefined,
  });
});
test('does not ask for a hostname that would have no effect', async () => {
  assert.deepEqual(
    await askForMissing({ name: undefined, externalHostname: undefined }, false, terminal(true, 'dev\nx\n')),
    { name: 'dev', externalHostname: undefined },
  );
  assert.deepEqual(await askForMissing({ name: 'dev', externalHostname: undefined }, false, terminal(true, '')), {
    name: 'dev',
    externalHostname: undefined,
  });
});
