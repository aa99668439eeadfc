/** Checks whether an API server is available all the time. */
import { request } from 'node:https';

/**
 * Requests `url` every 50 ms on a new connection. Returns a function that stops and returns the number of requests and
 * the failures.
 */
export function startOutageProbe(
  url: string,
  kubeconfig: string,
): () => Promise<{ asked: number; failures: string[] }> {
  const part = (name: string): string =>
    Buffer.from(new RegExp(`${name}: (\\S+)`).exec(kubeconfig)?.[1] ?? '', 'base64').toString('utf8');
  const tls = {
    ca: part('certificate-authority-data'),
    cert: part('client-certificate-data'),
    key: part('client-key-data'),
  };
  const failures: string[] = [];
  let asked = 0;
  const ask = (): Promise<void> =>
    new Promise((resolve) => {
      asked += 1;
      const at = Date.now();
      const failed = (what: string): void => {
        failures.push(`${what} after ${Date.now() - at} ms`);
        resolve();
      };
      const sent = request(url, { ...tls, agent: false, timeout: 5_000 }, (response) => {
        response.resume();
        response.on('end', resolve);
        if (response.statusCode !== 200) failed(`HTTP ${response.statusCode ?? 0}`);
      });
      sent.on('timeout', () => sent.destroy(new Error('timeout')));
      sent.on('error', (error) => failed(error.message));
      sent.end();
    });
  const end = new AbortController();
  const loop = (async (): Promise<void> => {
    while (!end.signal.aborted) {
      await ask();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return async () => {
    end.abort();
    await loop;
    return { asked, failures };
  };
}
