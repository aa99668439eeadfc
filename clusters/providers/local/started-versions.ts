/** Which version of the kube-apiserver each member was started with last: noted before it starts. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { compareVersions } from '../../../api/kubernetes/version.ts';
import { writeWhole } from '../../controlplane/certificate-files.ts';
import type { Layout } from './layout.ts';

const FILE = 'kube-apiserver.version';

export async function noteStart(layout: Layout, index: number, version: string): Promise<void> {
  await writeWhole(path.join(layout.member(index), FILE), version);
}

/** The newest of all members; undefined when none was started. */
export async function newestStarted({ root }: Pick<Layout, 'root'>): Promise<string | undefined> {
  const folders = await readdir(root).catch(() => []);
  const noted = await Promise.all(
    folders.map((folder) => readFile(path.join(root, folder, FILE), 'utf8').catch(() => undefined)),
  );
  return noted
    .filter((version) => version !== undefined)
    .sort(compareVersions)
    .at(-1);
}
