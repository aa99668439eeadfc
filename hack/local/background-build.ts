/** Makes the programs of one more Kubernetes version while the first act plays. */
import { type FindOptions, findBinaries } from '../../clusters/controlplane/binaries.ts';
import type { Release } from '../../clusters/controlplane/release.ts';

export interface BackgroundBuild {
  /** Waits until the programs are there, showing progress from now on. Throws when they can't be had. */
  finish(): Promise<void>;
  /** Ends a build that still runs, and waits until nothing of it is left. */
  stop(): Promise<void>;
}

export interface BackgroundOptions {
  readonly log: (line: string) => void;
  /** Finds or builds the programs. */
  readonly find?: (options: FindOptions) => Promise<unknown>;
}

/** Starts at once, silently as long as there is nothing to download or build. */
export function buildInBackground(release: Release, { log, find = findBinaries }: BackgroundOptions): BackgroundBuild {
  const version = `Kubernetes ${release.kubernetes}`;
  const stop = new AbortController();
  let begun = false;
  let awaited = false;
  let done = false;
  const build = find({
    release,
    lowPriority: true,
    signal: stop.signal,
    log: (line) => {
      if (!begun) log(`getting ${version} for the second act in the background`);
      begun = true;
      if (awaited) log(line);
    },
  }).finally(() => (done = true));
  // Reported at once, and thrown when the second act needs the programs.
  build.catch((error: unknown) => {
    if (!stop.signal.aborted) log(`${version} can't be had, so there will be no second act: ${firstLine(error)}`);
  });
  return {
    finish: async () => {
      awaited = true;
      if (begun && !done) log(`waiting for ${version}, which is still being built`);
      await build;
    },
    stop: async () => {
      stop.abort();
      await build.catch(() => undefined);
    },
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
