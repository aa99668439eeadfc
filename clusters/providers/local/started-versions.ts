/**
 * Records the version of the kube-apiserver that each replica was last started with. It is written before the start.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compareVersions } from '../../../api/kubernetes/version.ts';
import { writeWhole } from '../../controlplane/certificate-files.ts';
import type { Layout } from './layout.ts';

const FILE = 'kube-apiserver.version';

export async function recordStart(layout: Layout, index: number, version: string): Promise<void> {
  await writeWhole(path.join(layout.replica(index), FILE), version);
}

/** Returns the newest version that any replica was started with; undefined when none was started. */
export async function newestStarted({ root }: Pick<Layout, 'root'>): Promise<string | undefined> {
  const folders = await readdir(root).catch(() => []);
  const recorded = await Promise.all(
    folders.map((folder) => readFile(path.join(root, folder, FILE), 'utf8').catch(() => undefined)),
  );
  return recorded
    .filter((version) => version !== undefined)
    .sort(compareVersions)
    .at(-1);
}
