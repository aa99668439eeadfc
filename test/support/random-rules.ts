/**
 * Generates rules and requests for property tests: small worlds with nested roles, cycles, edges for every domain and
 * for projects, denies, stars and other metacharacters, letters of several scripts and cases, and empty names.
 */
import fc from 'fast-check';
import type { GroupingLine, PermissionLine, RuleLine } from '../../authorization/rules/line.ts';

export const NAMES = ['u', 'v', 'grp', 'role', 'role2', 'pol-a', 'pol-b'];
const PROJECTS = ['prj-1', 'prj-2'];
const WORDS = [
  '',
  'a',
  'A',
  'ab',
  'aB',
  'b',
  'ba',
  'a.b',
  'axb',
  'a/b',
  '*',
  'a*',
  '*b',
  'a*b',
  '*a*',
  '**',
  'a**b',
  'ä',
  'Ä',
  'Ä*',
  'x|a',
  'a?',
  '(a)',
  'a\\b',
  '[a]',
  'ß',
  'ſ',
  'İ',
  'Σ',
  'ς',
  '用*',
  '用户',
  '😀',
  'a\nb',
];

export interface AskedOne {
  readonly subject: string;
  readonly domain: string;
  readonly object: string;
  readonly action: string;
}

export interface World {
  readonly lines: readonly RuleLine[];
  readonly asked: readonly AskedOne[];
}

const name = fc.constantFrom(...NAMES);
const requestDomain = fc.constantFrom('', 'prj-3', ...PROJECTS, ...PROJECTS);

const edge: fc.Arbitrary<GroupingLine> = fc
  .record({ ptype: fc.constant('g' as const), member: name, of: name, domain: fc.constantFrom('*', ...PROJECTS) })
  .filter((line) => line.member !== line.of);

function permission(word: fc.Arbitrary<string>): fc.Arbitrary<PermissionLine> {
  return fc.record({
    ptype: fc.constant('p' as const),
    policy: name,
    domain: fc.constant('*'),
    object: word,
    action: word,
    effect: fc.constantFrom('allow' as const, 'allow' as const, 'allow' as const, 'deny' as const),
  });
}

/**
 * Generates worlds with `requests` requests each. Rules and requests use the same few words, so that they often match.
 */
export function worlds(requests: number): fc.Arbitrary<World> {
  return fc.subarray(WORDS, { minLength: 2, maxLength: 5 }).chain((words) => {
    const word = fc.constantFrom(...words);
    return fc.record({
      lines: fc.array(fc.oneof(edge, permission(word)), { minLength: 4, maxLength: 24, size: 'max' }),
      asked: fc.array(fc.record({ subject: name, domain: requestDomain, object: word, action: word }), {
        minLength: requests,
        maxLength: requests,
      }),
    });
  });
}
