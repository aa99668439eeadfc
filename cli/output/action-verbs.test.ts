import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANY_KIND, foldActions, OTHER_ACTIONS } from './action-verbs.ts';

const CASES: Record<string, { actions: string[]; kinds: Record<string, string> }> = {
  'singular and plural': { actions: ['listPods', 'listPod', 'getPod'], kinds: { pods: 'get list' } },
  'all verbs, in the order of kubectl': {
    actions: ['deletePod', 'updatePod', 'bindPod', 'createPod', 'watchPod', 'listPods', 'getPod'],
    kinds: { pods: 'get list watch create update delete bind' },
  },
  'kinds in alphabetical order': { actions: ['getPod', 'getIngress'], kinds: { ingresses: 'get', pods: 'get' } },
  subresources: { actions: ['createPodExec', 'getPod'], kinds: { pods: 'get', 'pods/exec': 'create' } },
  'a verb on every kind, first': { actions: ['getPod', 'delete*'], kinds: { [ANY_KIND]: 'delete', pods: 'get' } },
  'every action': { actions: ['*'], kinds: { [ANY_KIND]: 'any verb' } },
  'patterns that are no verb and kind, last and as they are': {
    actions: ['*Deployment', 'getPod', 'get', 'createpod*'],
    kinds: { pods: 'get', [OTHER_ACTIONS]: 'get *Deployment createpod*' },
  },
};
for (const [name, { actions, kinds }] of Object.entries(CASES)) {
  test(`folds ${name}`, () =>
    assert.deepEqual(
      foldActions(actions).map(({ kind, verbs }) => [kind, verbs.join(' ')]),
      Object.entries(kinds),
    ));
}
