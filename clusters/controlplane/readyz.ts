/** Whether a kube-apiserver says that it is ready. Anybody may ask that. */
import { request } from 'node:https';

const LIMIT_MS = 2_000;

/** `url` is that of the server, `ca` the PEM of its authority. What can't be asked is not ready. */
export function saysReady(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(`${url}/readyz`, { ca, agent: false, timeout: LIMIT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy(new Error('timeout')));
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
