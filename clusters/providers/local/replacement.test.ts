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
  ['none when all are as they should be', [NEW, NEW, NEW], undefined],
  ['the first of those that are not', [NEW, OLD, OLD], '1'],
  ['none while another starts', [STARTING, OLD, OLD], undefined],
  ['none while another is missing', [OLD, MISSING, OLD], undefined],
  ['the only one, ready or not', [OLD], '0'],
  ['the only one that is not ready', [OLD_UNREADY], '0'],
  ['the one that is not ready before those that are', [OLD, OLD_UNREADY, OLD], '1'],
  [
    'none when one that starts and one that is to go are not ready, while a third is',
    [STARTING, OLD_UNREADY, NEW],
    undefined,
  ],
  ['any when none is ready', [STARTING, OLD_UNREADY, OLD_UNREADY], '1'],
  ['not one that does not run', [MISSING], undefined],
];

describe('which kube-apiserver is replaced', () => {
  for (const [name, members, expected] of CASES) {
    test(name, () => {
      const named = members.map((member, index): Named => ({ ...member, name: String(index) }));
      assert.equal(nextToReplace(named)?.name, expected);
    });
  }

  test('never one that is ready while another is not, as long as any is ready', () => {
    const kinds = [NEW, OLD, STARTING, OLD_UNREADY, MISSING];
    const threes = kinds.flatMap((a) => kinds.flatMap((b) => kinds.map((c) => [{ ...a }, { ...b }, { ...c }])));
    for (const members of threes.filter((each) => each.some(({ isReady }) => isReady))) {
      const next = nextToReplace(members);
      assert.ok(next === undefined || members.every((each) => each === next || each.isReady), JSON.stringify(members));
    }
  });
});
