/** Which Rules the controller removes, marks or leaves alone. The API server is a stub that knows one owner. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policies } from '../../api/auth/policy.ts';
import type { Rule } from '../../api/auth/rule.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RuleLine } from '../../authorization/rules/line.ts';
import { ruleObject } from '../../authorization/rules/rule-object.ts';
import { IndexedStore } from '../../runtime/cache/store.ts';
import type { Client } from '../../runtime/client/client.ts';
import { type Repair, type RuleTools, repairOf } from './reconcile.ts';

const LINE: RuleLine = { ptype: 'g', member: 'acme##user##ann', of: 'pol-a', domain: '*' };
const policy: KubeObject = { apiVersion: 'auth.tkestack.io/v1', kind: 'Policy', metadata: { name: 'pol-a' } };
const owned: Rule = { ...ruleObject({ kind: 'Policy', name: 'pol-a', uid: 'u' }, LINE) };
const unowned: Rule = { ...owned, metadata: { name: 'rul-by-hand' } };

interface World {
  readonly cached?: KubeObject;
  readonly live?: KubeObject;
  readonly keepUnowned?: boolean;
}

function repair(rule: Rule, { cached, live, keepUnowned = false }: World): Promise<Repair | undefined> {
  const store = new IndexedStore<KubeObject>();
  if (cached !== undefined) store.set(cached.metadata.name, cached);
  const client = { get: () => Promise.resolve(live) };
  const ownersOf: RuleTools['ownersOf'] = ({ kind }) => (kind === policies.kind ? store : new IndexedStore());
  // A check only reads the owner.
  return repairOf(rule, { client: client as unknown as Client, ownersOf, keepUnowned });
}

test('the Rule of an owner in the cache is left alone', async () => {
  assert.equal(await repair(owned, { cached: policy }), undefined);
});

test('the Rule of an owner that the cache does not have yet is left alone', async () => {
  assert.equal(await repair(owned, { live: policy }), undefined);
});

test('the Rule of an owner that no longer exists is removed', async () => {
  const { verb, reason } = (await repair(owned, {})) ?? {};
  assert.deepEqual({ verb, reason }, { verb: 'remove', reason: 'OwnerGone' });
});

test('a Rule without an owner is removed, or with --keep-unowned-rules marked once', async () => {
  assert.equal((await repair(unowned, {}))?.verb, 'remove');
  assert.equal((await repair(unowned, { keepUnowned: true }))?.verb, 'mark');
  const conditions = [
    { type: 'Honoured', status: 'False' as const, reason: 'NoOwner', message: '', lastTransitionTime: '' },
  ];
  assert.equal(await repair({ ...unowned, status: { conditions } }, { keepUnowned: true }), undefined);
});

test('a Rule whose values were changed is removed', async () => {
  const changed = { ...owned, spec: { ...owned.spec, v1: 'pol-b' } };
  assert.equal((await repair(changed, { cached: policy }))?.reason, 'NameMismatch');
});

test('a Rule that is being deleted already is left alone', async () => {
  const deleted = { ...unowned, metadata: { ...unowned.metadata, deletionTimestamp: '2026-11-27T12:00:00Z' } };
  assert.equal(await repair(deleted, {}), undefined);
});
