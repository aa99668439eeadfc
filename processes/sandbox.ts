/**
 * What Node itself forbids the processes of the product (its permission model): they read their code and the files that
 * they are told of. They write no file, start no program and no thread, load no native code, open no debugger. The
 * Deployments (deployment.ts) and the local stack (local/stack.ts) take the flags from here, so what is tested is what is
 * deployed. Node 24 can't restrict the network; config/network-policies does what can be done about that.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';

/** What the processes load at run time: `--permission` refuses every other file of the tree. */
const CODE = ['api', 'runtime', 'authorization', 'clusters', 'controllers', 'node_modules'];

/** Fields of a kubeconfig that hold a path: of an authority, a certificate, a key, a token. */
const PATH_FIELDS = new Set(['certificate-authority', 'client-certificate', 'client-key', 'tokenFile']);

/**
 * The flags of `node`, before the main file. `root` is the absolute path of the code; `readable` are files, or folders
 * that end with a slash. Paths with a `*` would be patterns to Node.
 */
export function permissionFlags(root: string, readable: readonly string[]): string[] {
  const code = [...CODE.map((folder) => `${path.posix.join(root, folder)}/`), path.posix.join(root, 'package.json')];
  return ['--permission', ...[...code, ...readable].map((each) => `--allow-fs-read=${each}`)];
}

/** What a process may do beside that to start clusters on this machine: programs, and files below `folders`. */
export function programFlags(folders: readonly string[]): string[] {
  return [
    '--allow-child-process',
    ...folders.flatMap((folder) => [`--allow-fs-read=${folder}/`, `--allow-fs-write=${folder}/`]),
  ];
}

/** The absolute paths that arguments like `--tls-key-file=PATH` name, and those that a kubeconfig among them names. */
export function filesNamedBy(args: readonly string[]): string[] {
  const named = args
    .map((arg) => /^--[a-z-]+=(\/.*)$/.exec(arg)?.[1])
    .filter((file) => file !== undefined)
    .map(asFolder);
  const kubeconfigs = args.map((arg) => /^--kubeconfig=(.*)$/.exec(arg)?.[1]).filter((file) => file !== undefined);
  return [...new Set([...named, ...kubeconfigs.flatMap(filesNamedIn)])];
}

/** What is a folder is named with a slash at its end. */
function asFolder(file: string): string {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true ? `${file}/` : file;
}

/** A kubeconfig that can't be read names nothing: the process says what is wrong with it. */
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
