import assert from 'node:assert/strict';
import test from 'node:test';
import { setCondition } from './conditions.ts';

const wanted = { type: 'Ready', status: 'True' as const, reason: 'Fine', message: 'all is well' };

test('lastTransitionTime changes only with the status', () => {
  const first = setCondition([], wanted, 'T1');
  assert.equal(setCondition(first, { ...wanted, reason: 'StillFine' }, 'T2')[0]?.lastTransitionTime, 'T1');
  assert.equal(setCondition(first, { ...wanted, status: 'False' }, 'T2')[0]?.lastTransitionTime, 'T2');
});

test('an unchanged observation results in an equal list', () => {
  const first = setCondition([], wanted, 'T1');
  assert.deepEqual(setCondition(first, wanted, 'T2'), first);
});

test('other conditions are kept, and the list is sorted', () => {
  const list = setCondition(setCondition([], wanted, 'T1'), { ...wanted, type: 'Available' }, 'T2');
  assert.deepEqual(
    list.map(({ type }) => type),
    ['Available', 'Ready'],
  );
});

test('a long message is cut', () => {
  assert.equal(setCondition([], { ...wanted, message: 'x'.repeat(5_000) }, 'T1')[0]?.message.length, 1_000);
});
