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
  'fields without space and with extra space': {
    text: 'p,a,*,o,get,allow\n  p ,  a  ,*,\to , get ,  deny  ',
    lines: [p('a', 'o'), p('a', 'o', 'get', 'deny')],
  },
  'past comments and blank lines': {
    text: '# p, x, *, o, get, allow\n\n   \ng, a, b, *\n',
    lines: [g('a', 'b')],
  },
  'a # within a line as part of the line': {
    text: 'g, t##user##a, t##group##b, *',
    lines: [g('t##user##a', 't##group##b')],
  },
  'a quoted comma': { text: 'p, a, *, "data,1", "get", allow', lines: [p('a', 'data,1')] },
  'a doubled quote, and space within quotes': {
    text: 'p, a, *, " say ""hi"" ", get, allow',
    lines: [p('a', ' say "hi" ')],
  },
  'a quoted line break': {
    text: 'p, a, *, "two\nlines", get, allow\ng, a, b, *',
    lines: [p('a', 'two\nlines'), g('a', 'b')],
  },
  'Windows line ends and a byte order mark': {
    text: '\uFEFFg, a, b, *\r\ng, b, c, *\r\n',
    lines: [g('a', 'b'), g('b', 'c')],
  },
  'an empty object': { text: 'p, a, *, , get, allow', lines: [p('a', '')] },
  'an empty file': { text: '', lines: [] },
};
for (const [name, { text, lines }] of Object.entries(READ)) {
  test(`reads ${name}`, () =>
    assert.deepEqual(
      parseRulesCsv(text, 'r.csv').map(({ line }) => line),
      lines,
    ));
}

const REFUSED: Record<string, { text: string; message: RegExp }> = {
  'an unknown type': {
    text: 'g, a, b, *\np2, a, *, o, get, allow',
    message: /^r\.csv:2: a line must start with p or g, not "p2"$/,
  },
  'a permission without an effect': {
    text: 'p, a, *, o, get',
    message: /^r\.csv:1: a p line needs 5 fields after the p \(sub, dom, obj, act, eft\), but this one has 4$/,
  },
  'an edge without a domain': { text: 'g, a, b', message: /^r\.csv:1: a g line needs 3 fields after the g/ },
  'an extra field': { text: 'g, a, b, *, 2030-01-01', message: /^r\.csv:1: .* this one has 4$/ },
  'an unknown effect': {
    text: '\n\np, a, *, o, get, Allow',
    message: /^r\.csv:3: the effect must be allow or deny, not "Allow"$/,
  },
  'an empty name': { text: 'g, , b, *', message: /^r\.csv:1: user is empty$/ },
  'an unclosed quote': {
    text: 'g, a, b, *\np, a, *, "o, get, allow\ng, a, b, *',
    message: /^r\.csv:\d: a quoted field does not end$/,
  },
  'a quote inside a field': { text: 'p, a, *, o"o", get, allow', message: /^r\.csv:1: there is a quote inside/ },
  'text after a closing quote': {
    text: 'p, a, *, "o"o, get, allow',
    message: /^r\.csv:1: there is text after the closing quote/,
  },
  'a bad line after a quoted line break': {
    text: 'p, a, *, "o\no", get, allow\nx, a',
    message: /^r\.csv:3: /,
  },
};
for (const [name, { text, message }] of Object.entries(REFUSED)) {
  test(`refuses ${name} and names the line`, () => {
    assert.throws(
      () => parseRulesCsv(text, 'r.csv'),
      (error) => error instanceof InputError && message.test(error.message),
    );
  });
}

// Without space and doubled quotes within quotes: RFC 4180 and Go's casbin keep them, node-casbin removes them.
test('reads the same fields as casbin', async () => {
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
