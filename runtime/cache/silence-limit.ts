/** Ends a watch on which nothing arrives. */

/** Nothing arrived on the stream for too long. */
export class SilenceError extends Error {
  readonly code = 'E_SILENCE';
}

/**
 * Yields `events`. When none arrives for `limitMs()` milliseconds, it calls `stop` and throws SilenceError. It does not wait for
 * the source to end, because a dead connection may never do so.
 */
export async function* withSilenceLimit<T>(
  events: AsyncIterable<T>,
  limitMs: () => number,
  stop: () => void,
): AsyncGenerator<T> {
  const iterator = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await limited(iterator.next(), limitMs());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    stop();
    void iterator.return?.()?.catch(() => undefined);
  }
}

async function limited<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SilenceError(`nothing received for ${limitMs} ms`)), limitMs);
  });
  // After a timeout this promise still settles; its rejection must not count as unhandled.
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
