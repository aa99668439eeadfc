/** Keeps writes from being sent while something does not hold: a leader that lost its Lease must not finish what it began. */
import type { Dispatcher } from 'undici';

/** The write was not sent. */
export class FencedError extends Error {
  readonly code = 'E_FENCED';
}

/**
 * Asks `mayWrite` when a write is about to go out on its connection, not when it was called for: it may have waited for a
 * connection meanwhile, and the process may have been paused. One that may not is not sent, and fails with FencedError.
 */
export function fence(mayWrite: () => boolean): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, options.method === 'GET' ? handler : fenced(handler, mayWrite));
}

function fenced(handler: Dispatcher.DispatchHandler, mayWrite: () => boolean): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...args) => {
      // undici calls this right before it writes to the socket; what is thrown here ends the request unsent.
      if (!mayWrite()) throw new FencedError('not written: this process no longer leads');
      handler.onRequestStart?.(...args);
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  };
}
