import assert from 'node:assert/strict';
import test from 'node:test';
import { newEnforcer, newModelFromString, StringAdapter } from 'casbin';
import fc from 'fast-check';
import type { RuleLine } from '../authorization/rules/line.ts';
import { InputError } from './errors.ts';
import { parseRulesCsv } from './rules-csv.ts';

const p = (policy: string, object: string, action = 'get', effect: 'allow' | 'deny' = 'allow'): RuleLine => {
  return { ptype: 'p', policy, domain: '*', object, action, effect };
};
const g = (member: string, of: string, domain = '*'): RuleLine => ({ ptype: 'g', member, of, domain });

const READ: Record<string, { text: string; lines: RuleLine[] }> = {
  'a permission and an edge': {
    text: 'p, admin, *, o*, get, allow\ng, alice, admin, prj\n',
    lines: [p('admin', 'o*'), g('alice', 'admin', 'prj')],
  },
  'without space, and with too much': {
    text: 'p,a,*,o,get,allow\n  p ,  a  ,*,\to , get ,  deny  ',
    lines: [p('a', 'o'), p('a', 'o', 'get', 'deny')],
  },
  'comments and blank lines are passed over': {
    text: '# p, x, *, o, get, allow\n\n   \ng, a, b, *\n',
    lines: [g('a', 'b')],
  },
  'a # within a line is no comment': { text: 'g, t##user##a, t##group##b, *', lines: [g('t##user##a', 't##group##b')] },
  'a quoted comma': { text: 'p, a, *, "data,1", "get", allow', lines: [p('a', 'data,1')] },
  'a doubled quote, and space within quotes': {
    text: 'p, a, *, " say ""hi"" ", get, allow',
    lines: [p('a', ' say "hi" ')],
  },
  'a quoted line break': {
    text: 'p, a, *, "two\nlines", get, allow\ng, a, b, *',
    lines: [p('a', 'two\nlines'), g('a', 'b')],
  },
  'line ends of Windows, and a byte order mark': {
    text: '\uFEFFg, a, b, *\r\ng, b, c, *\r\n',
    lines: [g('a', 'b'), g('b', 'c')],
  },
  'an empty object is one': { text: 'p, a, *, , get, allow', lines: [p('a', '')] },
  nothing: { text: '', lines: [] },
};
for (const [name, { text, lines }] of Object.entries(READ)) {
  test(`reads ${name}`, () =>
    assert.deepEqual(
      parseRulesCsv(text, 'r.csv').map(({ line }) => line),
      lines,
    ));
}

const REFUSED: Record<string, { text: string; message: RegExp }> = {
  'another type': {
    text: 'g, a, b, *\np2, a, *, o, get, allow',
    message: /^r\.csv:2: a line begins with p or g, not "p2"$/,
  },
  'a permission without an effect': {
    text: 'p, a, *, o, get',
    message: /^r\.csv:1: a p line has 5 fields after the p \(sub, dom, obj, act, eft\), this one has 4$/,
  },
  'an edge without a domain': { text: 'g, a, b', message: /^r\.csv:1: a g line has 3 fields after the g/ },
  'a field too many': { text: 'g, a, b, *, 2030-01-01', message: /^r\.csv:1: .* this one has 4$/ },
  'an effect that is none': {
    text: '\n\np, a, *, o, get, Allow',
    message: /^r\.csv:3: the effect is "Allow"; it must be allow or deny$/,
  },
  'an empty name': { text: 'g, , b, *', message: /^r\.csv:1: user is empty$/ },
  'a quote that does not end': {
    text: 'g, a, b, *\np, a, *, "o, get, allow\ng, a, b, *',
    message: /^r\.csv:\d: a quoted field does not end$/,
  },
  'a quote inside a field': { text: 'p, a, *, o"o", get, allow', message: /^r\.csv:1: a quote stands inside/ },
  'something after a closing quote': {
    text: 'p, a, *, "o"o, get, allow',
    message: /^r\.csv:1: something follows the closing quote/,
  },
  'the line of an error after a line break in quotes': {
    text: 'p, a, *, "o\no", get, allow\nx, a',
    message: /^r\.csv:3: /,
  },
};
for (const [name, { text, message }] of Object.entries(REFUSED)) {
  test(`refuses ${name}, and says where`, () => {
    assert.throws(
      () => parseRulesCsv(text, 'r.csv'),
      (error) => error instanceof InputError && message.test(error.message),
    );
  });
}

// Space and doubled quotes within quotes stay, as RFC 4180 and Go's casbin have it; node-casbin takes them away.
test('reads what casbin reads, field by field', async () => {
  const model =
    '[request_definition]\nr = sub, dom, obj, act\n[policy_definition]\np = sub, dom, obj, act, eft\n[role_definition]\ng = _, _, _\n[policy_effect]\ne = some(where (p.eft == allow))\n[matchers]\nm = true';
  const field = fc.stringMatching(/^[a-zA-Z0-9:*/ ,#.-]{1,8}$/).filter((text) => text !== '' && text.trim() === text);
  const quoted = (text: string): string => (text.includes(',') ? `"${text}"` : text);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(field, field, field, field), { minLength: 1, maxLength: 5 }), async (rows) => {
      const text = rows.map((row) => ['p', ...row.map(quoted), 'allow'].join(', ')).join('\n');
      const enforcer = await newEnforcer(newModelFromString(model), new StringAdapter(text));
      const own = parseRulesCsv(text, 'r.csv').map(({ line }) =>
        line.ptype === 'p' ? [line.policy, line.domain, line.object, line.action, line.effect] : [],
      );
      assert.deepEqual(own, await enforcer.getPolicy());
    }),
  );
});
