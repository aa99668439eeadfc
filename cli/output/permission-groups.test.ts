import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChainLine } from '../../authorization/engine/chain.ts';
import { type AllowGroup, permissionSections } from './permission-groups.ts';

function line(effect: 'allow' | 'deny', policy: string, object: string, action: string): ChainLine {
  return { effect, policy, object, action, rule: 'r', owner: { kind: 'Policy', name: policy } };
}
const allow = (object: string, action: string): ChainLine => line('allow', 'pol-a', object, action);
const deny = (object: string, action: string): ChainLine => line('deny', 'pol-d', object, action);

/** The groups of allows of a user who holds these lines everywhere. */
function allowsOf(...lines: ChainLine[]): readonly AllowGroup[] {
  const [section] = permissionSections([
    {
      domain: '*',
      allows: lines.filter(({ effect }) => effect === 'allow'),
      denies: lines.filter(({ effect }) => effect === 'deny'),
    },
  ]);
  return section?.allows ?? [];
}

describe('groups of permissions', () => {
  test('join the actions of all policies on an object', () => {
    const lines = [allow('pod:*', 'getPod'), line('allow', 'pol-b', 'pod:*', 'listPods')];
    assert.deepEqual(allowsOf(...lines), [
      { objects: ['pod:*'], kinds: [{ kind: 'pods', verbs: ['get', 'list'] }], denies: [] },
    ]);
  });

  test('join objects on which the same is allowed', () => {
    const [group, ...others] = allowsOf(allow('namespace:a/*', 'getPod'), allow('namespace:b/*', 'getPod'));
    assert.deepEqual([group?.objects, others], [['namespace:a/*', 'namespace:b/*'], []]);
  });

  test('show a deny beside the allows that it overrides in part, and only there', () => {
    const groups = allowsOf(
      allow('namespace:*/*', 'deletePod'),
      allow('node:*', 'deleteNode'),
      allow('project:*', 'getProject'),
      deny('*namespace:prod/*', 'delete*'),
    );
    assert.deepEqual(
      groups.map(({ objects, denies }) => [objects, denies]),
      [
        [
          ['namespace:*/*'],
          [{ objects: ['*namespace:prod/*'], kinds: [{ kind: 'any kind', verbs: ['delete'] }], policies: ['pol-d'] }],
        ],
        [['node:*'], []],
        [['project:*'], []],
      ],
    );
  });

  test('show of a deny only the actions that override something', () => {
    const [group] = allowsOf(allow('pod:*', 'deletePod'), deny('*', 'deletePod'), deny('*', 'getSecret'));
    assert.deepEqual(group?.denies[0]?.kinds, [{ kind: 'pods', verbs: ['delete'] }]);
  });

  test('of a project show denies that count everywhere', () => {
    const [everywhere, project] = permissionSections([
      { domain: '*', allows: [], denies: [deny('*', 'delete*')] },
      { domain: 'prj', allows: [allow('pod:*', 'deletePod')], denies: [] },
    ]);
    assert.deepEqual([everywhere?.denies.length, everywhere?.allows], [1, []]);
    assert.deepEqual([project?.denies, project?.allows[0]?.denies.length], [[], 1]);
  });
});
