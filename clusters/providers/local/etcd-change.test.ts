import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EtcdChange, etcdChanges } from './etcd-change.ts';
import type { EtcdMember } from './etcd-client.ts';

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
  /** The first change that is needed. */
  readonly next: EtcdChange | undefined;
}

const CASES: Record<string, Case> = {
  'does nothing for one voter as desired': { known: [member(0)], withData: [0], wanted: 1, next: undefined },
  'adds the second member': { known: [member(0)], withData: [0], wanted: 3, next: { do: 'add', index: 1 } },
  'starts a member that was added': {
    known: [member(0), member(1, { name: '', isLearner: true })],
    withData: [0],
    wanted: 3,
    next: { do: 'begin', index: 1 },
  },
  'starts a member again that was killed before it announced its name': {
    known: [member(0), member(1, { name: '', isLearner: true })],
    withData: [0, 1],
    wanted: 3,
    next: { do: 'begin', index: 1 },
  },
  'promotes a learner before it adds the next': {
    known: [member(0), member(1, { isLearner: true })],
    withData: [0, 1],
    wanted: 3,
    next: { do: 'promote', index: 1, id: 'id-1' },
  },
  'does nothing for three voters as desired': {
    known: [0, 1, 2].map((each) => member(each)),
    withData: [0, 1, 2],
    wanted: 3,
    next: undefined,
  },
  'leaves surplus members to a later step': {
    known: [0, 1, 2].map((each) => member(each)),
    withData: [0, 1, 2],
    wanted: 1,
    next: undefined,
  },
  'discards the data of a removed member that is not desired': {
    known: [member(0), member(1)],
    withData: [0, 1, 2],
    wanted: 1,
    next: { do: 'discard', index: 2 },
  },
  'discards the data of a removed member before it adds it again': {
    known: [member(0), member(1)],
    withData: [0, 1, 2],
    wanted: 3,
    next: { do: 'discard', index: 2 },
  },
  'expels a member that lost its data': {
    known: [0, 1, 2].map((each) => member(each)),
    withData: [0, 2],
    wanted: 3,
    next: { do: 'expel', index: 1, id: 'id-1' },
  },
  'expels the first member when it lost its data': {
    known: [0, 1, 2].map((each) => member(each)),
    withData: [1, 2],
    wanted: 3,
    next: { do: 'expel', index: 0, id: 'id-0' },
  },
  'adds the first member again': {
    known: [member(1), member(2)],
    withData: [1, 2],
    wanted: 3,
    next: { do: 'add', index: 0 },
  },
};

describe('the plan for the etcd members', () => {
  for (const [name, { known, withData, wanted, next }] of Object.entries(CASES)) {
    test(name, () => {
      assert.deepEqual(
        etcdChanges({ ports: PORTS, known, withData, wanted }).find((change) => change.do !== 'nothing'),
        next,
      );
    });
  }
});
