/** Downloads the official release binaries, and verifies each against its published checksum. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Component, DEFAULT_RELEASE, type Release } from './release.ts';

export interface Origins {
  /** The URL below which `/vX.Y.Z/bin/linux/ARCH/COMPONENT` and its `.sha256` are. */
  readonly kubernetes: string;
  /** The URL below which `/vX.Y.Z/etcd-vX.Y.Z-linux-ARCH.tar.gz` and `/vX.Y.Z/SHA256SUMS` are. */
  readonly etcd: string;
}

/** Returns the origins in the environment, or the official ones; undefined when downloads are disabled. */
export function originsOf(env: NodeJS.ProcessEnv): Origins | undefined {
  if (env['STEWARD_DOWNLOAD'] === 'off') return undefined;
  return {
    kubernetes: env['STEWARD_DOWNLOAD_URL'] ?? 'https://dl.k8s.io',
    etcd: env['STEWARD_ETCD_DOWNLOAD_URL'] ?? 'https://github.com/etcd-io/etcd/releases/download',
  };
}

/** The origin cannot be reached, or does not have the file. Another source may. */
export class UnavailableError extends Error {}

/** The download differs from what was published. It is never used, and always an error. */
export class ChecksumError extends Error {}

const CONNECT_MS = 5_000;
const DOWNLOAD_MS = 10 * 60_000;

export interface DownloadOptions {
  readonly release?: Release;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Downloads a component to `target`. Throws UnavailableError, ChecksumError, or the signal's reason when it aborts;
 * `target` is not touched then.
 */
export async function download(
  component: Component,
  origins: Origins,
  target: string,
  { release = DEFAULT_RELEASE, signal }: DownloadOptions = {},
): Promise<void> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  if (component === 'etcd')
    return downloadEtcd(`${origins.etcd}/${release.etcd}`, `etcd-${release.etcd}-linux-${arch}`, target, signal);
  const url = `${origins.kubernetes}/${release.kubernetes}/bin/linux/${arch}/${component}`;
  const sum = (await fetchBytes(`${url}.sha256`, CONNECT_MS, signal)).toString('utf8').trim().split(/\s/)[0];
  const bytes = await fetchVerified(url, sum, signal);
  await install(target, (file) => writeFile(file, bytes));
}

async function downloadEtcd(base: string, name: string, target: string, signal?: AbortSignal): Promise<void> {
  const sums = (await fetchBytes(`${base}/SHA256SUMS`, CONNECT_MS, signal)).toString('utf8').split('\n');
  const line = sums.find((each) => each.trim().endsWith(`${name}.tar.gz`));
  const archive = await fetchVerified(`${base}/${name}.tar.gz`, line?.trim().split(/\s/)[0], signal);
  const folder = await mkdtemp(`${target}.unpack-`);
  try {
    const { status, stderr } = spawnSync('tar', ['-xz', '-C', folder], { input: archive });
    if (status !== 0) throw new Error(`cannot unpack ${name}.tar.gz: ${String(stderr)}`);
    await install(target, (file) => copyFile(path.join(folder, name, 'etcd'), file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchVerified(url: string, sum: string | undefined, signal?: AbortSignal): Promise<Buffer> {
  const bytes = await fetchBytes(url, DOWNLOAD_MS, signal);
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (sum === undefined || sum !== actual) {
    throw new ChecksumError(
      `${url} has checksum ${actual}, but ${sum ?? 'no checksum'} is published: the file is discarded`,
    );
  }
  return bytes;
}

async function fetchBytes(url: string, limitMs: number, signal?: AbortSignal): Promise<Buffer> {
  try {
    const limit = AbortSignal.timeout(limitMs);
    const response = await fetch(url, { signal: signal === undefined ? limit : AbortSignal.any([limit, signal]) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    signal?.throwIfAborted();
    throw new UnavailableError(`${url}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/**
 * Creates an executable file with `write`. It is written beside its place and moved there, so no one sees half a file.
 */
export async function install(target: string, write: (file: string) => Promise<void>): Promise<void> {
  const file = `${target}.${process.pid}.part`;
  try {
    await write(file);
    await chmod(file, 0o755);
    await rename(file, target);
  } finally {
    await rm(file, { force: true });
  }
}
