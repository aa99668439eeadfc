/** The programs of the control plane on this machine. */
import { type Binaries, findBinaries } from '../../controlplane/binaries.ts';
import { RELEASES, releaseOf } from '../../controlplane/release.ts';

/** The cluster asks for a version that this controller has no programs for. */
export class UnknownVersionError extends Error {
  constructor(version: string) {
    super(
      `this controller cannot start Kubernetes ${version}: choose one of ${RELEASES.map(({ kubernetes }) => kubernetes).join(', ')}`,
    );
  }
}

/**
 * Finds the programs of each version once, for all clusters of a provider. Finding them may take a build of minutes.
 */
export class Programs {
  readonly #found = new Map<string, Promise<Binaries>>();

  /**
   * Returns the programs of a version, such as `v1.36.3`. `log` gets the progress of a build. Throws
   * UnknownVersionError.
   */
  async of(version: string, log: (line: string) => void = () => undefined): Promise<Binaries> {
    const release = releaseOf(version);
    if (release === undefined) throw new UnknownVersionError(version);
    const known = this.#found.get(version);
    if (known !== undefined) return known;
    const finding = findBinaries({ release, log });
    this.#found.set(version, finding);
    // The next call tries again.
    finding.catch(() => this.#found.delete(version));
    return finding;
  }
}
