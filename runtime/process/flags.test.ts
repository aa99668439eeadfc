import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commonFlags, readFlags, UsageError } from './flags.ts';

const elected = commonFlags(true);
const own = { ...elected, 'tls-cert': { type: 'string', required: true, help: 'certificate' } } as const;

describe('flags', () => {
  test('have their defaults', () => {
    assert.deepEqual(
      { ...readFlags(elected, []) },
      {
        'health-address': '127.0.0.1:0',
        'leader-elect': true,
        'leader-elect-lease-duration': '15',
        'leader-elect-renew-deadline': '10',
        'leader-elect-retry-period': '2',
        'lease-namespace': 'steward-system',
        'log-level': 'info',
        help: false,
      },
    );
  });

  test('are what is given', () => {
    const flags = readFlags(elected, ['--no-leader-elect', '--kubeconfig=a', '--log-level', 'debug']);
    assert.deepEqual([flags['leader-elect'], flags['kubeconfig'], flags['log-level']], [false, 'a', 'debug']);
  });

  test('of an election are unknown where there is none', () => {
    assert.throws(() => readFlags(commonFlags(false), ['--no-leader-elect']), UsageError);
  });
});

const WRONG: Record<string, { args: string[]; names: RegExp }> = {
  'a flag that nobody knows': { args: ['--tls-cert=a', '--bogus'], names: /--bogus/ },
  'a value that is missing': { args: ['--tls-cert=a', '--kubeconfig'], names: /--kubeconfig/ },
  'a level that there is not': { args: ['--tls-cert=a', '--log-level=loud'], names: /--log-level.*loud/ },
  'an argument without a flag': { args: ['--tls-cert=a', 'stray'], names: /stray/ },
  'a required flag that is missing': { args: [], names: /--tls-cert/ },
  'a required flag that is empty': { args: ['--tls-cert='], names: /--tls-cert/ },
};
describe('wrong usage names', () => {
  for (const [name, { args, names }] of Object.entries(WRONG)) {
    test(name, () =>
      assert.throws(
        () => readFlags(own, args),
        (error) => error instanceof UsageError && names.test(error.message),
      ),
    );
  }
});

test('--help works even when required flags are missing', () => assert.equal(readFlags(own, ['--help'])['help'], true));
