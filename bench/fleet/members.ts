/**
 * Which of the members of the bench does what, by its number. They are stubs: one server that answers as all of them
 * (stub.ts), so that what is measured is the controller. Used by the stub and by the bench that checks what is shown.
 */
export const KINDS = ['hangs', 'silent', 'flaps-below', 'flaps-above', 'well'] as const;
export type MemberKind = (typeof KINDS)[number];

/** How many of each there are before all others, which are well. */
export type Shares = Readonly<Record<Exclude<MemberKind, 'well'>, number>>;

/**
 * hangs: takes the request and never answers. silent: takes the connection and says nothing, not even TLS.
 * flaps-below: fails every second probe. flaps-above: ill for FLAP_MS, well for FLAP_MS.
 */
export function kindOf(nth: number, shares: Shares): MemberKind {
  let end = 0;
  for (const kind of KINDS) {
    if (kind === 'well') break;
    end += shares[kind];
    if (nth < end) return kind;
  }
  return 'well';
}

export const FLAP_MS = 150_000;

/** Five of a hundred time out, half of them each way; five of a hundred flap. */
export function sharesOf(members: number): Shares {
  const each = Math.round(members / 40);
  return { hangs: each, silent: each, 'flaps-below': each, 'flaps-above': each };
}

export const SECRET = 'fleet';
export const nameOf = (nth: number): string => `fleet-${nth}`;
export const numberOf = (name: string): number => Number(name.slice('fleet-'.length));
