/** Reads the allowed versions from `k8sValidVersions` in ConfigMap kube-public/cluster-info, as the original does. */
import * as z from 'zod';
import { configMaps } from '../../api/kubernetes/core.ts';
import type { Client } from '../../runtime/client/client.ts';

/** How long an answer is kept. */
const KEEP_MS = 15_000;
const list = z.array(z.string());

/**
 * A function that returns the list, or undefined when there is none. A value that cannot be parsed allows no version.
 */
export function allowedVersions(
  client: Pick<Client, 'get'>,
  now: () => number,
): () => Promise<readonly string[] | undefined> {
  let known: { readonly at: number; readonly versions: readonly string[] | undefined } | undefined;
  return async () => {
    if (known !== undefined && now() - known.at < KEEP_MS) return known.versions;
    const info = await client.get(configMaps, { name: 'cluster-info', namespace: 'kube-public' });
    const text = info?.data?.['k8sValidVersions'];
    known = { at: now(), versions: text === undefined ? undefined : versionsIn(text) };
    return known.versions;
  };
}

function versionsIn(text: string): readonly string[] {
  try {
    return list.parse(JSON.parse(text));
  } catch {
    return [];
  }
}
