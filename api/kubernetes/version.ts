/** Kubernetes versions like `v1.36.3`, with or without the v. Pure. */

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** The suffix, for example `-rc.1` or `+vmware.1`. */
  readonly rest: string;
}

export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch, rest = ''] = /^v?(\d+)\.(\d+)\.(\d+)([-+].*)?$/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor), patch: Number(patch), rest };
}

export function withV(text: string): string {
  return text.startsWith('v') ? text : `v${text}`;
}

/** `v1.36` for `v1.36.3`. Returns any other text unchanged. */
export function minorOf(text: string): string {
  const version = parseVersion(text);
  return version === undefined ? text : `v${version.major}.${version.minor}`;
}

/** Below zero when `a` is older. A text that is not a version sorts first. A pre-release sorts before its release. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [parseVersion(a), parseVersion(b)];
  if (first === undefined || second === undefined) return first === second ? 0 : first === undefined ? -1 : 1;
  return (
    first.major - second.major ||
    first.minor - second.minor ||
    first.patch - second.patch ||
    compareRest(first.rest, second.rest)
  );
}

function compareRest(a: string, b: string): number {
  if (a === b) return 0;
  const rank = (rest: string): number => (rest.startsWith('-') ? 0 : rest === '' ? 1 : 2);
  return rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true });
}
