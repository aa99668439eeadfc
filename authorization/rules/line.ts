/**
 * A Casbin line as data, and as the spec of a Rule. Translators produce lines, the controllers write them as Rules, and the
 * engine reads them back.
 */
export type Effect = 'allow' | 'deny';

/** `p, policy, domain, object, action, effect`. The domain is always `*`: it is not compared. */
export interface PermissionLine {
  readonly ptype: 'p';
  readonly policy: string;
  readonly domain: string;
  readonly object: string;
  readonly action: string;
  readonly effect: Effect;
}

/** `g, member, of, domain`, an edge: the member has the rights of `of`, in that domain, until `notAfter`. */
export interface GroupingLine {
  readonly ptype: 'g';
  readonly member: string;
  readonly of: string;
  readonly domain: string;
  /** An RFC 3339 time from which on the line no longer counts. Without it, the line always counts. */
  readonly notAfter?: string;
}

export type RuleLine = PermissionLine | GroupingLine;

/** The domain of an edge that holds everywhere. */
export const EVERYWHERE = '*';

/** The spec of a Rule: the columns of one line. */
export interface RuleSpec {
  readonly ptype: 'p' | 'g';
  readonly v0: string;
  readonly v1: string;
  readonly v2: string;
  readonly v3: string;
  readonly v4: string;
  readonly v5: string;
  readonly v6: string;
  readonly notAfter?: string | undefined;
}

/** The spec for `line`. Unused columns are empty strings, as in the original. */
export function specOf(line: RuleLine): RuleSpec {
  if (line.ptype === 'p') {
    return {
      ptype: 'p',
      v0: line.policy,
      v1: line.domain,
      v2: line.object,
      v3: line.action,
      v4: line.effect,
      v5: '',
      v6: '',
    };
  }
  const spec: RuleSpec = {
    ptype: 'g',
    v0: line.member,
    v1: line.of,
    v2: line.domain,
    v3: '',
    v4: '',
    v5: '',
    v6: '',
  };
  return line.notAfter === undefined ? spec : { ...spec, notAfter: line.notAfter };
}

/** The line in `spec`; undefined for an effect that is neither allow nor deny, or a missing column. */
export function lineOf(spec: RuleSpec): RuleLine | undefined {
  if (spec.ptype === 'p') {
    if (spec.v0 === '' || (spec.v4 !== 'allow' && spec.v4 !== 'deny')) return undefined;
    return { ptype: 'p', policy: spec.v0, domain: spec.v1, object: spec.v2, action: spec.v3, effect: spec.v4 };
  }
  if (spec.ptype !== 'g' || spec.v0 === '' || spec.v1 === '' || spec.v2 === '') return undefined;
  const line: GroupingLine = { ptype: 'g', member: spec.v0, of: spec.v1, domain: spec.v2 };
  return spec.notAfter === undefined ? line : { ...line, notAfter: spec.notAfter };
}

/** The end of a line in milliseconds since the epoch. An end that is not a time has passed: it must not grant access forever. */
export function endMs(notAfter: string): number {
  const atMs = Date.parse(notAfter);
  return Number.isNaN(atMs) ? -Infinity : atMs;
}
