/** What the releases serve, as far as it is stored here. A version in, its discovery out; review-upgrade.ts calls it. Pure. */
import { minorOf, withV } from '../../api/kubernetes/version.ts';
import v1354 from './discoveries/v1.35.4.json' with { type: 'json' };
import v1363 from './discoveries/v1.36.3.json' with { type: 'json' };
import { type Discovery, parseStored } from './discovery.ts';

const STORED: readonly { readonly release: string; readonly resources: unknown }[] = [v1363, v1354];

/** The versions of which there is data. */
export const STORED_VERSIONS: readonly string[] = STORED.map(({ release }) => release);

export interface StoredDiscovery {
  /** Of which release it is. */
  readonly release: string;
  readonly discovery: Discovery;
}

/** The data of a version, else of another patch of its minor version: patches serve the same. Undefined where there is neither. */
export function storedOf(version: string): StoredDiscovery | undefined {
  const found =
    STORED.find(({ release }) => release === withV(version)) ??
    STORED.find(({ release }) => minorOf(release) === minorOf(withV(version)));
  return found === undefined ? undefined : { release: found.release, discovery: parseStored(found) };
}
