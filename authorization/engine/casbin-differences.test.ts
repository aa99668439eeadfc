/** Intended differences from casbin. docs/casbin.md describes each of them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { DefaultRoleManager, type Enforcer, newEnforcer, newModelFromString } from 'casbin';
import type { RuleLine } from '../rules/line.ts';
import { decide } from './decide.ts';
import { RuleIndex } from './rule-index.ts';

const MODEL = await readFile(new URL('model.conf', import.meta.url), 'utf8');

/** TKEStack's keyMatchCustom: a regular expression in which only the star is replaced. */
function originalKeyMatch(text: string, pattern: string): boolean {
  return new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i').test(text);
}

async function casbinOf(
  lines: readonly RuleLine[],
  keyMatch: (text: string, pattern: string) => boolean,
  depth = 10,
): Promise<Enforcer> {
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  await enforcer.addFunction('keyMatchCustom', keyMatch);
  enforcer.setRoleManager(new DefaultRoleManager(depth));
  for (const line of lines) {
    if (line.ptype === 'p') await enforcer.addPolicy(line.policy, line.domain, line.object, line.action, line.effect);
    else await enforcer.addGroupingPolicy(line.member, line.of, line.domain);
  }
  return enforcer;
}

function ours(lines: readonly RuleLine[], object: string, domain = ''): boolean {
  const index = new RuleIndex();
  lines.forEach((line, i) => index.set(line, { rule: `r${i}`, ownerKind: '', ownerName: '' }));
  return decide(index, { subjects: ['u'], domain, object, action: 'get' }, 0).verdict === 'allow';
}

const p = (policy: string, object: string): RuleLine => ({
  ptype: 'p',
  policy,
  domain: '*',
  object,
  action: 'get',
  effect: 'allow',
});
const g = (member: string, of: string, domain = '*'): RuleLine => ({ ptype: 'g', member, of, domain });

const LITERAL: Record<string, { pattern: string; object: string }> = {
  'a dot': { pattern: 'pod:a.b', object: 'pod:axb' },
  'a bar': { pattern: 'pod:a|.*', object: 'secret:x' },
  'a question mark': { pattern: 'pod:ab?', object: 'pod:a' },
  brackets: { pattern: 'pod:[ab]', object: 'pod:a' },
};
for (const [name, { pattern, object }] of Object.entries(LITERAL)) {
  test(`${name} in a pattern is literal; as a regular expression it would match ${object}`, async () => {
    const lines = [p('u', pattern)];
    assert.equal((await casbinOf(lines, originalKeyMatch)).enforceSync('u', '*', object, 'get'), true);
    assert.equal(ours(lines, object), false);
    assert.equal(ours(lines, pattern), true);
  });
}

test('a hierarchy deeper than ten levels is walked to its end; casbin silently stops', async () => {
  const chain = Array.from({ length: 12 }, (_, i) => g(i === 0 ? 'u' : `n${i}`, `n${i + 1}`));
  const lines = [...chain, p('n12', 'o')];
  assert.equal((await casbinOf(lines, originalKeyMatch)).enforceSync('u', '*', 'o', 'get'), false);
  assert.equal((await casbinOf(lines, originalKeyMatch, 20)).enforceSync('u', '*', 'o', 'get'), true);
  assert.equal(ours(lines, 'o'), true);
});

test('a pattern that would make a regular expression hang is decided at once', () => {
  // As a regular expression, this would backtrack for longer than the age of the universe.
  const pattern = `${'(a+)+'.repeat(10)}$`;
  assert.equal(ours([p('u', pattern)], `${'a'.repeat(10_000)}!`), false);
  assert.equal(ours([p('u', '*a*a*a*a*a*a*a*a*a*a*b')], 'a'.repeat(10_000)), false);
});

test('an edge everywhere counts in every project, without a domain matching function', async () => {
  const lines = [g('u', 'grp'), g('grp', 'pol', 'prj'), p('pol', 'o')];
  assert.equal((await casbinOf(lines, originalKeyMatch)).enforceSync('u', 'prj', 'o', 'get'), false);
  assert.equal(ours(lines, 'o', 'prj'), true);
});

test('an empty rule set allows nothing; casbin allows the empty request', async () => {
  assert.equal((await casbinOf([], originalKeyMatch)).enforceSync('', '', '', ''), true);
  assert.equal(ours([], ''), false);
});
