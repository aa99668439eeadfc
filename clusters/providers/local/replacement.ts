/** Chooses the kube-apiserver to replace next, so that the API of the cluster stays available. Pure. */

export interface Replaceable {
  readonly isRunning: boolean;
  /** Whether it was started with the desired version and files. */
  readonly isUpToDate: boolean;
  readonly isReady: boolean;
}

/**
 * Returns an outdated replica that may be replaced now; undefined when none may. One may be replaced while all others
 * are ready, or when none is ready, because nothing is lost then. A replica that is not ready comes first: the change
 * may be what makes it ready.
 */
export function nextToReplace<T extends Replaceable>(replicas: readonly T[]): T | undefined {
  const unready = replicas.filter(({ isReady }) => !isReady);
  const mayBe = (replica: T): boolean =>
    unready.length === replicas.length || unready.every((each) => each === replica);
  const outdated = replicas.filter(({ isRunning, isUpToDate }) => isRunning && !isUpToDate);
  return outdated.find((replica) => !replica.isReady && mayBe(replica)) ?? outdated.find(mayBe);
}
