import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextToReplace, type Replaceable } from './replacement.ts';

interface Named extends Replaceable {
  readonly name: string;
}
const NEW: Replaceable = { isRunning: true, isUpToDate: true, isReady: true };
const OLD: Replaceable = { isRunning: true, isUpToDate: false, isReady: true };
const STARTING: Replaceable = { isRunning: true, isUpToDate: true, isReady: false };
const OLD_UNREADY: Replaceable = { isRunning: true, isUpToDate: false, isReady: false };
const MISSING: Replaceable = { isRunning: false, isUpToDate: false, isReady: false };

const CASES: readonly (readonly [string, readonly Replaceable[], string | undefined])[] = [
  ['none when all are up to date', [NEW, NEW, NEW], undefined],
  ['the first outdated one', [NEW, OLD, OLD], '1'],
  ['none while another is starting', [STARTING, OLD, OLD], undefined],
  ['none while another is missing', [OLD, MISSING, OLD], undefined],
  ['the only one, when it is ready', [OLD], '0'],
  ['the only one, when it is not ready', [OLD_UNREADY], '0'],
  ['one that is not ready before those that are', [OLD, OLD_UNREADY, OLD], '1'],
  [
    'none while one is starting, another is outdated and not ready, and a third is ready',
    [STARTING, OLD_UNREADY, NEW],
    undefined,
  ],
  ['any when none is ready', [STARTING, OLD_UNREADY, OLD_UNREADY], '1'],
  ['none that is not running', [MISSING], undefined],
];

describe('the kube-apiserver to replace next', () => {
  for (const [name, replicas, expected] of CASES) {
    test(name, () => {
      const named = replicas.map((replica, index): Named => ({ ...replica, name: String(index) }));
      assert.equal(nextToReplace(named)?.name, expected);
    });
  }

  test('is never a ready one while another is not ready', () => {
    const kinds = [NEW, OLD, STARTING, OLD_UNREADY, MISSING];
    const threes = kinds.flatMap((a) => kinds.flatMap((b) => kinds.map((c) => [{ ...a }, { ...b }, { ...c }])));
    for (const replicas of threes.filter((each) => each.some(({ isReady }) => isReady))) {
      const next = nextToReplace(replicas);
      assert.ok(
        next === undefined || replicas.every((each) => each === next || each.isReady),
        JSON.stringify(replicas),
      );
    }
  });
});
