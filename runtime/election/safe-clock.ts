/**
 * A clock for limits that must not be overrun: how long a Lease is ours, how old a cache may be. The monotonic clock stands
 * still while a machine is suspended, and the clock on the wall can be set back; this one advances by whichever of the two
 * went further since it was last asked, so that a limit is reached too early rather than too late.
 */

/** Milliseconds since some moment in the past; never less than at the call before. */
export function runningClock(
  monotonic: () => number = () => performance.now(),
  wall: () => number = Date.now,
): () => number {
  let [lastMonotonic, lastWall, passed] = [monotonic(), wall(), 0];
  return () => {
    const [nowMonotonic, nowWall] = [monotonic(), wall()];
    passed += Math.max(0, nowMonotonic - lastMonotonic, nowWall - lastWall);
    [lastMonotonic, lastWall] = [nowMonotonic, nowWall];
    return passed;
  };
}
