/** The stored discoveries of known Kubernetes releases. Pure. */
import { minorOf, withV } from '../../api/kubernetes/version.ts';
import v1354 from './discoveries/v1.35.4.json' with { type: 'json' };
import v1363 from './discoveries/v1.36.3.json' with { type: 'json' };
import { type Discovery, parseStored } from './discovery.ts';

const STORED: readonly { readonly release: string; readonly resources: unknown }[] = [v1363, v1354];

/** The versions that have stored data. */
export const STORED_VERSIONS: readonly string[] = STORED.map(({ release }) => release);

export interface StoredDiscovery {
  /** The release that the data comes from. */
  readonly release: string;
  readonly discovery: Discovery;
}

/**
 * The data of a version, or else of another patch of its minor version, which serves the same APIs. Undefined when
 * there is neither.
 */
export function storedOf(version: string): StoredDiscovery | undefined {
  const found =
    STORED.find(({ release }) => release === withV(version)) ??
    STORED.find(({ release }) => minorOf(release) === minorOf(withV(version)));
  return found === undefined ? undefined : { release: found.release, discovery: parseStored(found) };
}
