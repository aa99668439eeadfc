/**
 * The flags of Node's permission model for the processes of the product. They may read their code and the files that their
 * arguments name. They may not write files, start programs or threads, load native code, or open a debugger. The
 * Deployments (deployment.ts) and the local stack (hack/local/stack.ts) take the flags from here, so the tests run what is
 * deployed. Node 24 can't restrict the network; config/network-policies limits it instead.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';

/** The folders that the processes import from. Node refuses to read every other file of the tree. */
const CODE = ['api', 'runtime', 'authorization', 'clusters', 'controllers', 'node_modules'];

/** The fields of a kubeconfig that hold the path of a certificate, a key or a token. */
const PATH_FIELDS = new Set(['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']);

/**
 * Returns the flags of `node`, which go before the main file. `root` is the absolute path of the code; `readable` lists
 * files, and folders with a slash at the end. Node reads a path with a `*` as a pattern.
 */
export function permissionFlags(root: string, readable: readonly string[]): string[] {
  const code = [...CODE.map((folder) => `${path.posix.join(root, folder)}/`), path.posix.join(root, 'package.json')];
  return ['--permission', ...[...code, ...readable].map((each) => `--allow-fs-read=${each}`)];
}

/** Returns the flags that a process needs on top to start clusters on this machine: it may start programs and write below `folders`. */
export function programFlags(folders: readonly string[]): string[] {
  return [
    '--allow-child-process',
    ...folders.flatMap((folder) => [`--allow-fs-read=${folder}/`, `--allow-fs-write=${folder}/`]),
  ];
}

/** Returns the absolute paths in arguments like `--tls-key-file=PATH`, and those in a kubeconfig among them. */
export function filesNamedBy(args: readonly string[]): string[] {
  const named = args
    .map((arg) => /^--[a-z-]+=(\/.*)$/.exec(arg)?.[1])
    .filter((file) => file !== undefined)
    .map(asFolder);
  const kubeconfigs = args.map((arg) => /^--kubeconfig=(.*)$/.exec(arg)?.[1]).filter((file) => file !== undefined);
  return [...new Set([...named, ...kubeconfigs.flatMap(filesNamedIn)])];
}

/** Adds the slash that marks a folder. */
function asFolder(file: string): string {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true ? `${file}/` : file;
}

/** Returns nothing for a kubeconfig that can't be read: the process itself reports what is wrong with it. */
function filesNamedIn(kubeconfig: string): string[] {
  try {
    return pathsIn(load(readFileSync(kubeconfig, 'utf8'))).map((file) => path.resolve(path.dirname(kubeconfig), file));
  } catch {
    return [];
  }
}

function pathsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, field]: [string, unknown]) =>
    PATH_FIELDS.has(key) && typeof field === 'string' ? [field] : pathsIn(field),
  );
}
