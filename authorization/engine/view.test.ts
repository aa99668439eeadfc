import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { g, indexOf } from '../../test/support/rule-lines.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const BEFORE = '2029-01-01T00:00:00Z';
const AFTER = '2031-01-01T00:00:00Z';

describe('the period of a view', () => {
  const index = indexOf([
    g('ann', 'pol-ended', 'prj-a', BEFORE),
    g('ann', 'pol-ending', 'prj-a', AFTER),
    g('ann', 'pol-kept', 'prj-b'),
  ]);

  test('lies between the ends in its domain', () => {
    assert.deepEqual(index.viewOf('ann', 'prj-a', NOW)?.times, {
      fromMs: Date.parse(BEFORE),
      untilMs: Date.parse(AFTER),
    });
  });

  test('is not limited by ends in other domains', () => {
    assert.equal(index.viewOf('ann', 'prj-b', NOW)?.times, undefined);
  });
});
