/**
 * casbin itself, with the model of engine/model.conf, a domain matching function and the pattern semantics of DESIGN,
 * is the reference: on generated rule sets and requests both decide alike. (Casbin knows only yes and no.)
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { DefaultRoleManager, newEnforcer, newModelFromString } from 'casbin';
import fc from 'fast-check';
import type { RuleLine } from '../rules/line.ts';
import { decide } from './decide.ts';
import { RuleIndex } from './rule-index.ts';

const MODEL = await readFile(new URL('model.conf', import.meta.url), 'utf8');
const NODES = ['u', 'v', 'grp', 'role', 'pol-a', 'pol-b'];
const node = fc.constantFrom(...NODES);
const domain = fc.constantFrom('*', 'prj-1', 'prj-2');
const word = fc.constantFrom('', 'a', 'A', 'ab', 'b', 'a.b', 'axb', '*', 'a*', '*b', 'a*b', 'ä', 'Ä*', 'x|a');
const lines = fc.array(
  fc.oneof(
    fc.record({ ptype: fc.constant('g' as const), member: node, of: node, domain }).filter((line) => line.member !== line.of),
    fc.record({
      ptype: fc.constant('p' as const), policy: node, domain: fc.constant('*'), object: word, action: word,
      effect: fc.constantFrom('allow' as const, 'allow' as const, 'deny' as const),
    }),
  ),
  { maxLength: 14 },
);
const request = fc.record({ subject: node, domain: fc.constantFrom('prj-1', 'prj-2', 'prj-3', '*'), object: word, action: word });

/** The words of the reference, spelt as a regular expression: nothing of the engine is in it. */
function keyMatchCustom(text: string, pattern: string): boolean {
  const quoted = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${quoted.join('[^]*')}$`, 'iu').test(text);
}

async function casbinOf(rules: readonly RuleLine[]): ReturnType<typeof newEnforcer> {
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  await enforcer.addFunction('keyMatchCustom', keyMatchCustom);
  const roles = new DefaultRoleManager(20);
  await roles.addDomainMatchingFunc((asked, held) => held === '*' || asked === held);
  enforcer.setRoleManager(roles);
  for (const line of rules) {
    if (line.ptype === 'p') await enforcer.addPolicy(line.policy, line.domain, line.object, line.action, line.effect);
    else await enforcer.addGroupingPolicy(line.member, line.of, line.domain);
  }
  return enforcer;
}

test('the engine allows exactly what casbin allows', async () => {
  await fc.assert(
    fc.asyncProperty(lines, fc.array(request, { minLength: 10, maxLength: 10 }), async (rules, requests) => {
      const enforcer = await casbinOf(rules);
      const index = new RuleIndex();
      rules.forEach((line, i) => index.set(line, { rule: `r${i}`, ownerKind: '', ownerName: '' }));
      for (const { subject, domain, object, action } of requests) {
        const decision = decide(index, { subjects: [subject], domain: domain === '*' ? '' : domain, object, action }, 0);
        const expected = await enforcer.enforce(subject, domain, object, action);
        assert.equal(decision.verdict === 'allow', expected, JSON.stringify({ rules, subject, domain, object, action }));
      }
    }),
    { numRuns: 500 },
  );
});
