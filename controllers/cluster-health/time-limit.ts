/**
 * A time limit that holds whatever a request is doing. The HTTP client does not abort while it connects; without this
 * limit such a request would hold the slot of a probe for ten seconds.
 */

/** The HTTP client's own error at the limit says more, so it gets a moment to come first. */
const GRACE_MS = 20;

/**
 * Returns the result of `request`. Throws a TimeoutError after `limitMs`, or an AbortError as soon as `signal` aborts.
 */
export async function withinTime<T>(request: Promise<T>, limitMs: number, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const end = (name: string): void => ended.reject(Object.assign(new Error(`no answer: ${name}`), { name }));
  const abort = (): void => end('AbortError');
  const timer = setTimeout(() => end('TimeoutError'), limitMs + GRACE_MS);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  // After the limit the request may still fail. Its error is ignored.
  request.catch(() => undefined);
  try {
    return await Promise.race([request, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
