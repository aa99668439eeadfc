/** Refuses writes under a condition: a leader that has lost its Lease must not complete what it started. */
import type { Dispatcher } from 'undici';

/** The write was not sent. */
export class FencedError extends Error {
  readonly code = 'E_FENCED';
}

/**
 * Calls `mayWrite` when a write is about to be sent on its connection, not when it was requested: it may have waited for a
 * connection, and the process may have been paused. If it returns false, the write is not sent and fails with FencedError.
 */
export function fence(mayWrite: () => boolean): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, options.method === 'GET' ? handler : fenced(handler, mayWrite));
}

function fenced(handler: Dispatcher.DispatchHandler, mayWrite: () => boolean): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (...args) => {
      // undici calls this just before it writes to the socket. An error here ends the request unsent.
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
