import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { runningClock } from './running-clock.ts';

/** [monotonic, wall] at each reading, in milliseconds, and how much has passed then. */
const CASES: Record<string, readonly (readonly [monotonic: number, wall: number, passed: number])[]> = {
  'both go on': [
    [10, 1_010, 10],
    [30, 1_030, 30],
  ],
  'the machine was suspended': [
    [10, 1_010, 10],
    [11, 61_010, 60_010],
  ],
  'the clock on the wall was set back': [
    [10, 500, 10],
    [20, 510, 20],
  ],
  'the clock on the wall was set forward': [
    [10, 5_010, 4_010],
    [20, 5_020, 4_020],
  ],
  'nothing passed': [
    [0, 1_000, 0],
    [0, 1_000, 0],
  ],
};

describe('the running clock', () => {
  for (const [name, readings] of Object.entries(CASES)) {
    test(name, () => {
      let [monotonic, wall] = [0, 1_000];
      const now = runningClock(
        () => monotonic,
        () => wall,
      );
      for (const [nextMonotonic, nextWall, passed] of readings) {
        [monotonic, wall] = [nextMonotonic, nextWall];
        assert.equal(now(), passed);
      }
    });
  }
});
