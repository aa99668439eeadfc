/**
 * A clock for limits that must not be exceeded: how long a Lease is ours, how old a cache may be. The monotonic clock stops while a
 * machine is suspended, and the wall clock can be set back. This clock advances by the larger difference of the two since the
 * last call, so that a limit is reached too early rather than too late.
 */

/** Returns a function that returns milliseconds since an arbitrary moment. They never decrease. */
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
