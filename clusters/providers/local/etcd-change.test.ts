import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EtcdMember } from './etcd.ts';
import { type EtcdChange, etcdChanges } from './etcd-change.ts';

const PORTS = [0, 1, 2].map((index) => ({ etcd: 100 + index, peer: 200 + index, apiserver: 300 + index }));
const member = (index: number, more: Partial<EtcdMember> = {}): EtcdMember => ({
  ID: `id-${index}`,
  name: `member-${index}`,
  peerURLs: [`https://127.0.0.1:${200 + index}`],
  isLearner: false,
  ...more,
});

interface Case {
  readonly known: readonly EtcdMember[];
  readonly withData: readonly number[];
  readonly wanted: number;
  /** The first that is needed. */
  readonly next: EtcdChange | undefined;
}

const CASES: Record<string, Case> = {
  'one voter as wanted': { known: [member(0)], withData: [0], wanted: 1, next: undefined },
  'the second is added': { known: [member(0)], withData: [0], wanted: 3, next: { do: 'add', index: 1 } },
  'one that was added begins': {
    known: [member(0), member(1, { name: '', isLearner: true })],
    withData: [0],
    wanted: 3,
    next: { do: 'begin', index: 1 },
  },
  'one that was killed before it said its name begins again': {
    known: [member(0), member(1, { name: '', isLearner: true })],
    withData: [0, 1],
    wanted: 3,
    next: { do: 'begin', index: 1 },
  },
  'one that learns is promoted before the next is added': {
    known: [member(0), member(1, { isLearner: true })],
    withData: [0, 1],
    wanted: 3,
    next: { do: 'promote', index: 1, id: 'id-1' },
  },
  'three voters as wanted': {
    known: [0, 1, 2].map((each) => member(each)),
    withData: [0, 1, 2],
    wanted: 3,
    next: undefined,
  },
  'more than wanted stay until they are shrunk': {
    known: [0, 1, 2].map((each) => member(each)),
    withData: [0, 1, 2],
    wanted: 1,
    next: undefined,
  },
  'data of one that has left go, when it is not wanted': {
    known: [member(0), member(1)],
    withData: [0, 1, 2],
    wanted: 1,
    next: { do: 'discard', index: 2 },
  },
  'data of one that has left go before it is added again': {
    known: [member(0), member(1)],
    withData: [0, 1, 2],
    wanted: 3,
    next: { do: 'discard', index: 2 },
  },
  'one that lost its data leaves': {
    known: [0, 1, 2].map((each) => member(each)),
    withData: [0, 2],
    wanted: 3,
    next: { do: 'expel', index: 1, id: 'id-1' },
  },
  'the first can lose them too': {
    known: [0, 1, 2].map((each) => member(each)),
    withData: [1, 2],
    wanted: 3,
    next: { do: 'expel', index: 0, id: 'id-0' },
  },
  'the first joins again': {
    known: [member(1), member(2)],
    withData: [1, 2],
    wanted: 3,
    next: { do: 'add', index: 0 },
  },
};

describe('the next change of the members of etcd', () => {
  for (const [name, { known, withData, wanted, next }] of Object.entries(CASES)) {
    test(name, () => {
      assert.deepEqual(
        etcdChanges({ ports: PORTS, known, withData, wanted }).find((change) => change.do !== 'nothing'),
        next,
      );
    });
  }
});
