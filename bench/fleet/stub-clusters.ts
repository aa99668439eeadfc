/**
 * The behaviour of each member cluster in the benchmark, by its number. All of them are stubs: one server (stub.ts)
 * answers for all, so that only the controller is measured. The stub behaves by this, and the benchmark checks the
 * conditions by it.
 */
export const BEHAVIOURS = ['hangs', 'silent', 'flaps-below', 'flaps-above', 'well'] as const;
export type Behaviour = (typeof BEHAVIOURS)[number];

/** The number of clusters with each behaviour. They come first; all others are well. */
export type Shares = Readonly<Record<Exclude<Behaviour, 'well'>, number>>;

/**
 * hangs: accepts the request and never answers. silent: accepts the connection and sends nothing, not even TLS.
 * flaps-below: fails every second probe, which stays below the thresholds. flaps-above: fails for FLAP_MS, then answers
 * for FLAP_MS.
 */
export function behaviourOf(nth: number, shares: Shares): Behaviour {
  let end = 0;
  for (const kind of BEHAVIOURS) {
    if (kind === 'well') break;
    end += shares[kind];
    if (nth < end) return kind;
  }
  return 'well';
}

export const FLAP_MS = 150_000;

/** Five percent time out, half of them in each way; five percent flap, half of them in each way. */
export function sharesOf(clusters: number): Shares {
  const each = Math.round(clusters / 40);
  return { hangs: each, silent: each, 'flaps-below': each, 'flaps-above': each };
}

export const SECRET = 'fleet';
export const nameOf = (nth: number): string => `fleet-${nth}`;
export const numberOf = (name: string): number => Number(name.slice('fleet-'.length));
