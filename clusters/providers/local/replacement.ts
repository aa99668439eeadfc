/** Which kube-apiserver is replaced next, so that the API of the cluster answers throughout. Pure. */

export interface Replaceable {
  readonly isRunning: boolean;
  /** It runs as it should: of the wanted version, with the wanted files. */
  readonly isUpToDate: boolean;
  readonly isReady: boolean;
}

/**
 * One that is not up to date, while all others are ready; or any when none is ready, since nothing is lost then. One that is
 * not ready itself comes first: what keeps it from that may be what is to be changed. Undefined when none may be.
 */
export function nextToReplace<T extends Replaceable>(members: readonly T[]): T | undefined {
  const unready = members.filter(({ isReady }) => !isReady);
  const mayBe = (member: T): boolean => unready.length === members.length || unready.every((each) => each === member);
  const outdated = members.filter(({ isRunning, isUpToDate }) => isRunning && !isUpToDate);
  return outdated.find((member) => !member.isReady && mayBe(member)) ?? outdated.find(mayBe);
}
