/** Timestamps with microseconds. Pure. */

/** A time in milliseconds since 1970 as a metav1.MicroTime. Leases and Events refuse a time with milliseconds. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
