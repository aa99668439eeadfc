/**
 * Compares the engine with casbin on generated rule sets and requests. The reference is casbin with the model in
 * model.conf, a domain matching function and an independent implementation of patterns. (Casbin answers only yes or
 * no.)
 *
 * FUZZ_DECISIONS sets how many decisions to compare; `make fuzz` sets it.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { DefaultRoleManager, newEnforcer, newModelFromString } from 'casbin';
import fc from 'fast-check';
import { worlds } from '../../test/support/random-rules.ts';
import type { RuleLine } from '../rules/line.ts';
import { decide } from './decide.ts';
import { RuleIndex } from './rule-index.ts';

const DECISIONS = Number(process.env['FUZZ_DECISIONS'] ?? 100_000);
const REQUESTS_PER_WORLD = 50;
const MODEL = await readFile(new URL('model.conf', import.meta.url), 'utf8');

/** The reference for patterns, as a regular expression. It shares no code with the engine. */
function keyMatchCustom(text: string, pattern: string): boolean {
  const quoted = pattern.split('*').map((part) => Array.from(part, anyCase).join(''));
  return new RegExp(`^${quoted.join('[^]*')}$`, 'u').test(text);
}

/**
 * A regular expression for one character in any letter case. The flag `i` would fold more characters (`ſ` to `s`, `ς`
 * to `σ`), and lowering the text as a whole would make `Σ` depend on its position.
 */
function anyCase(character: string): string {
  const lower = character.toLowerCase();
  if (lower.length !== character.length) return escaped(character);
  const upper = character.toUpperCase();
  const same = [
    character,
    lower,
    ...(upper.length === character.length && upper.toLowerCase() === lower ? [upper] : []),
  ];
  return `(?:${[...new Set(same)].map(escaped).join('|')})`;
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`);
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

test(`the engine allows exactly what casbin allows, in ${DECISIONS} decisions`, async () => {
  const verdicts = { allow: 0, deny: 0, none: 0 };
  await fc.assert(
    fc.asyncProperty(worlds(REQUESTS_PER_WORLD), async ({ lines, asked }) => {
      const enforcer = await casbinOf(lines);
      const index = new RuleIndex();
      lines.forEach((line, i) => index.set(line, { rule: `r${i}`, ownerKind: '', ownerName: '' }));
      for (const { subject, domain, object, action } of asked) {
        const { verdict } = decide(index, { subjects: [subject], domain, object, action }, 0);
        // Casbin cannot express "no project". A domain that no edge names is equivalent.
        const expected = enforcer.enforceSync(subject, domain === '' ? 'none' : domain, object, action);
        assert.equal(verdict === 'allow', expected, JSON.stringify({ lines, subject, domain, object, action }));
        verdicts[verdict] += 1;
      }
    }),
    { numRuns: Math.ceil(DECISIONS / REQUESTS_PER_WORLD) },
  );
  // The generated sets prove something only when each answer occurs often.
  for (const count of Object.values(verdicts)) assert.ok(count > DECISIONS / 50, JSON.stringify(verdicts));
});
