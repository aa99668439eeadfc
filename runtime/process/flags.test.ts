import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commonFlags, readFlags, UsageError } from './flags.ts';

const elected = commonFlags(true);
const own = { ...elected, 'tls-cert': { type: 'string', required: true, help: 'certificate' } } as const;

describe('flags', () => {
  test('have defaults', () => {
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

  test('have the given values', () => {
    const flags = readFlags(elected, ['--no-leader-elect', '--kubeconfig=a', '--log-level', 'debug']);
    assert.deepEqual([flags['leader-elect'], flags['kubeconfig'], flags['log-level']], [false, 'a', 'debug']);
  });

  test('of leader election are unknown without it', () => {
    assert.throws(() => readFlags(commonFlags(false), ['--no-leader-elect']), UsageError);
  });
});

const WRONG: Record<string, { args: string[]; names: RegExp }> = {
  'an unknown flag': { args: ['--tls-cert=a', '--bogus'], names: /--bogus/ },
  'a missing value': { args: ['--tls-cert=a', '--kubeconfig'], names: /--kubeconfig/ },
  'an unknown log level': { args: ['--tls-cert=a', '--log-level=loud'], names: /--log-level.*loud/ },
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
