/** What the loop does when the name of a wanted Rule is taken. The API server is a stub: one Rule, and a log of requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../runtime/errors.ts';
import { BoundedWrites } from '../../runtime/loop/bounded-writes.ts';
import type { RuleLine } from '../rules/line.ts';
import { type Owner, type RuleObject, ruleObject } from '../rules/rule-object.ts';
import { type RuleWriter, writeDifference } from './write-difference.ts';

const OWNER: Owner = { kind: 'Grant', name: 'gnt-a', uid: 'now' };
const LINE: RuleLine = { ptype: 'g', member: 'acme##user##ann', of: 'pol-a', domain: '*' };
const wanted = ruleObject(OWNER, LINE);

interface Situation {
  /** The Rule for which the API server refuses the first create. */
  readonly refusedFor: RuleObject;
  /** What it answers when asked for that Rule. */
  readonly found: RuleObject | undefined;
}

async function write({ refusedFor, found }: Situation): Promise<{ log: string[]; wrote: (string | undefined)[] }> {
  const log: string[] = [];
  const wrote: (string | undefined)[] = [];
  let refuse = true;
  const client = {
    create: (_resource: unknown, rule: RuleObject): Promise<RuleObject> => {
      log.push('create');
      const answer = refuse
        ? Promise.reject(new ApiError(409, 'AlreadyExists', `${refusedFor.metadata.name} exists`))
        : Promise.resolve({ ...rule, metadata: { ...rule.metadata, uid: 'created' } });
      refuse = false;
      return answer;
    },
    get: (): Promise<RuleObject | undefined> => {
      log.push('get');
      return Promise.resolve(found);
    },
    delete: (): Promise<void> => Promise.reject(new Error('nothing is removed here')),
  };
  await writeDifference([], [wanted, wanted], {
    // Only the requests of the loop, on one kind.
    client: client as unknown as RuleWriter['client'],
    writes: new BoundedWrites(2),
    owner: OWNER,
    classify: () => 'allow',
    onCollision: (live) => {
      log.push(`collision with ${live.metadata.uid}`);
      return Promise.resolve({ ...live, metadata: { ...live.metadata, uid: 'resolved' } });
    },
    wrote: ({ metadata }) => wrote.push(metadata.uid),
  });
  return { log, wrote };
}

function withUid(rule: RuleObject, uid: string): RuleObject {
  return { ...rule, metadata: { ...rule.metadata, uid } };
}

test('a Rule that the owner holds already counts as written, without another write', async () => {
  assert.deepEqual(await write({ refusedFor: wanted, found: withUid(wanted, 'live') }), {
    log: ['create', 'get'],
    wrote: ['live'],
  });
});

test('a Rule that is deleted between the refusal and the read is created', async () => {
  assert.deepEqual(await write({ refusedFor: wanted, found: undefined }), {
    log: ['create', 'get', 'create'],
    wrote: ['created'],
  });
});

for (const [what, live] of Object.entries({
  'of an earlier owner of the same name': ruleObject({ ...OWNER, uid: 'before' }, LINE),
  'with other values': { ...wanted, spec: { ...wanted.spec, v1: 'pol-b' } },
  'without an owner': { ...wanted, metadata: { name: wanted.metadata.name } },
})) {
  test(`a Rule ${what} is a collision, and the caller decides`, async () => {
    assert.deepEqual(await write({ refusedFor: wanted, found: withUid(live, 'live') }), {
      log: ['create', 'get', 'collision with live'],
      wrote: ['resolved'],
    });
  });
}
