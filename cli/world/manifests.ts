/**
 * Reads manifests from files, folders (subfolders only with -R), standard input, and folders with a kustomization,
 * which kubectl renders.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadAll } from 'js-yaml';
import * as z from 'zod';
import type { KubeObject } from '../../api/object.ts';
import { InputError } from '../errors.ts';
import { unreadable } from '../file-errors.ts';

const KUSTOMIZATIONS = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const MANIFEST = /\.(ya?ml|json)$/;
const MAX_RENDERED_BYTES = 512 * 1024 * 1024;

const manifest = z.looseObject({
  apiVersion: z.string('apiVersion is missing'),
  kind: z.string('kind is missing'),
  metadata: z.looseObject({ name: z.string('metadata.name is missing') }, 'metadata is missing'),
});
const list = z.looseObject({ kind: z.string().regex(/List$/), items: z.array(z.unknown()) });

/** All objects in `sources`; `-` is standard input. Throws InputError, which says where the problem is. */
export async function readManifests(sources: readonly string[], recursive: boolean): Promise<KubeObject[]> {
  const texts = await Promise.all(sources.map((source) => textsAt(source, recursive)));
  return texts.flat().flatMap(({ text, from }) => objectsIn(text, from));
}

interface Text {
  readonly text: string;
  readonly from: string;
}

async function textsAt(source: string, recursive: boolean): Promise<Text[]> {
  if (source === '-') return [{ text: readText(0, 'standard input'), from: 'standard input' }];
  if (!isFolder(source)) return [{ text: readText(source, source), from: source }];
  if (KUSTOMIZATIONS.some((name) => readdirSync(source).includes(name)))
    return [{ text: await render(source), from: `kustomization ${source}` }];
  const files = readdirSync(source, { recursive, encoding: 'utf8' })
    .filter((name) => MANIFEST.test(name))
    .sort();
  if (files.length === 0)
    throw new InputError(
      `${source}: no .yaml, .yml or .json file${recursive ? '' : ' (to read subfolders too, add -R)'}`,
    );
  return files.map((name) => path.join(source, name)).map((file) => ({ text: readText(file, file), from: file }));
}

function isFolder(source: string): boolean {
  try {
    return statSync(source).isDirectory();
  } catch (error) {
    throw unreadable(source, error);
  }
}

function readText(file: string | 0, from: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(from, error);
  }
}

async function render(folder: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('kubectl', ['kustomize', folder], { maxBuffer: MAX_RENDERED_BYTES });
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { readonly code?: unknown; readonly stderr?: string };
    const reason =
      code === 'ENOENT'
        ? 'kubectl, which renders kustomizations, is not on the PATH'
        : (stderr ?? String(error)).trim();
    throw new InputError(`kustomization ${folder}: ${reason}`);
  }
}

function objectsIn(text: string, from: string): KubeObject[] {
  return documentsIn(text, from).flatMap((document, i) => {
    const at = `${from}, document ${i + 1}`;
    const items = list.safeParse(document);
    return items.success
      ? items.data.items.map((item, n) => readObject(item, `${at}, item ${n + 1}`))
      : [readObject(document, at)];
  });
}

function documentsIn(text: string, from: string): unknown[] {
  try {
    return loadAll(text).filter((document) => document !== null && document !== undefined);
  } catch (error) {
    throw new InputError(`${from}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readObject(document: unknown, at: string): KubeObject {
  const result = manifest.safeParse(document);
  if (!result.success) throw new InputError(`${at}: ${result.error.issues.map(({ message }) => message).join('; ')}`);
  return result.data;
}
