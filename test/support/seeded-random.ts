/** Deterministic random numbers. */

/** Returns the next number, from 0 up to but not including 1. */
export type Random = () => number;

/** The random number generator of that name: small, and the same numbers for the same seed on every machine. */
export function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
