/** Asks a kube-apiserver whether it is ready. This needs no credential. */
import { request } from 'node:https';

const TIMEOUT_MS = 2_000;

/** Returns false when it is not ready or does not answer. `url` is its address, and `ca` its CA, PEM. Never throws. */
export function saysReady(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${url}/readyz`, { ca, agent: false, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy(new Error('timeout')));
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
