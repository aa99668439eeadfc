/** A controller takes over what is in the way of its Rules. The API server is a stub with one Rule and a log of requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RuleLine } from '../../authorization/rules/line.ts';
import { type Owner, type RuleObject, ruleObject } from '../../authorization/rules/rule-object.ts';
import type { Client } from '../../runtime/client/client.ts';
import { ApiError } from '../../runtime/errors.ts';
import { BoundedWrites } from '../../runtime/loop/bounded-writes.ts';
import { type Applied, applyRules } from './apply-rules.ts';

const OWNER: Owner = { kind: 'Grant', name: 'gnt-a', uid: 'now' };
const LINE: RuleLine = { ptype: 'g', member: 'acme##user##ann', of: 'pol-a', domain: '*' };
const wanted = ruleObject(OWNER, LINE);
const ofEarlierOwner = ruleObject({ ...OWNER, uid: 'before' }, LINE);

async function apply(existing: readonly RuleObject[], live: RuleObject): Promise<{ log: string[]; applied: Applied }> {
  const log: string[] = [];
  let held: RuleObject | undefined = live;
  const client = {
    create: (_resource: unknown, rule: RuleObject): Promise<RuleObject> => {
      log.push('create');
      if (held !== undefined) return Promise.reject(new ApiError(409, 'AlreadyExists', 'it exists'));
      held = rule;
      return Promise.resolve(rule);
    },
    get: (): Promise<RuleObject | undefined> => Promise.resolve(held),
    delete: (): Promise<void> => {
      log.push('delete');
      held = undefined;
      return Promise.resolve();
    },
    patch: (): Promise<RuleObject | undefined> => {
      log.push('patch');
      return Promise.resolve(held);
    },
  };
  const applied = await applyRules(existing, [wanted], {
    // Only the requests of the loop, on one kind.
    client: client as unknown as Client,
    writes: new BoundedWrites(1),
    owner: OWNER,
    classify: () => 'allow',
    wrote: () => undefined,
  });
  return { log, applied };
}

test('a Rule of its own that the cache does not have yet is left as it is', async () => {
  assert.deepEqual((await apply([], wanted)).log, ['create']);
});

test('a Rule of an earlier owner of the same name is taken over, whether the cache has it or not', async () => {
  assert.deepEqual((await apply([], ofEarlierOwner)).log, ['create', 'patch']);
  const { log, applied } = await apply([ofEarlierOwner], ofEarlierOwner);
  assert.deepEqual(log, ['patch']);
  assert.deepEqual(applied, { created: 0, removed: 0, takenOver: 1 });
});

test('a Rule with other values under its name is replaced', async () => {
  const { log } = await apply([], { ...wanted, spec: { ...wanted.spec, v1: 'pol-b' } });
  assert.deepEqual(log, ['create', 'delete', 'create']);
});
