/**
 * A limit on the time of a request that holds whatever the request is at: a connection that is being made is not given
 * up by the HTTP client when it is told to, and would hold the slot of a probe for ten seconds.
 */

/** So that the client's own end of the request, at the limit itself, comes first. */
const AFTER_MS = 20;

/** The result of `asked`, or an error of the name TimeoutError after `limitMs`, or AbortError as soon as `signal` aborts. */
export async function withinTime<T>(asked: Promise<T>, limitMs: number, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const end = (name: string): void => ended.reject(Object.assign(new Error(`not answered: ${name}`), { name }));
  const abort = (): void => end('AbortError');
  const timer = setTimeout(() => end('TimeoutError'), limitMs + AFTER_MS);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  // When the limit wins, the request still ends some time; nobody listens any more.
  asked.catch(() => undefined);
  try {
    return await Promise.race([asked, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
