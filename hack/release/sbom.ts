/**
 * `make sbom`: lists the packages that the processes use in dist/sbom.cdx.json (CycloneDX), from what is installed. The same
 * package-lock.json gives the same file, byte by byte: it contains no time, random number or machine name.
 *
 * npm's `--omit=dev` is not used, because it also omits production packages that a development dependency needs, such as zod.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';

const ROOT = path.join(import.meta.dirname, '../..');
const OUTPUT = 'dist/sbom.cdx.json';

const reference = z.looseObject({ type: z.string() });
const component = z.looseObject({
  'bom-ref': z.string(),
  name: z.string(),
  version: z.string(),
  purl: z.string(),
  externalReferences: z.array(reference).default([]),
});
const sbom = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.looseObject({ component }),
  components: z.array(component),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()).default([]) })),
});
export type Sbom = z.infer<typeof sbom>;

const manifest = z.looseObject({ name: z.string(), dependencies: z.record(z.string(), z.string()) });
const lockfile = z.object({
  packages: z.record(z.string(), z.looseObject({ version: z.string(), dev: z.boolean().default(false) })),
});

/** Returns `name@version` of each production package, sorted. */
export function productionPackages(lock: unknown): string[] {
  const entries = Object.entries(lockfile.parse(lock).packages).filter(([where, { dev }]) => where !== '' && !dev);
  return [
    ...new Set(entries.map(([where, { version }]) => `${where.split('node_modules/').at(-1)}@${version}`)),
  ].sort();
}

/** Reduces npm's SBOM of everything that is installed to the production packages. Throws when a package of the lockfile is missing. */
export function productionSbom(everything: unknown, lock: unknown, packageJson: unknown): Sbom {
  const { metadata, components, dependencies, ...rest } = sbom.parse(everything);
  const { name, dependencies: direct } = manifest.parse(packageJson);
  const wanted = new Set(productionPackages(lock));
  const kept = components
    .filter((each) => wanted.delete(`${each.name}@${each.version}`))
    .sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  if (wanted.size > 0) throw new Error(`not installed: ${[...wanted].join(', ')} (run \`make setup\`)`);
  const self = metadata.component;
  const refs = new Set([...kept.map((each) => each['bom-ref']), self['bom-ref']]);
  const isDirect = (ref: string): boolean => ref.slice(0, ref.lastIndexOf('@')) in direct;
  const edges = dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({
      ref,
      dependsOn: dependsOn.filter((each) => refs.has(each) && (ref !== self['bom-ref'] || isDirect(each))).sort(),
    }));
  return {
    ...rest,
    serialNumber: serialOf(kept.map(({ purl }) => purl)),
    // npm names the project after its folder, which differs between machines.
    metadata: { component: { ...self, name, type: 'application' } },
    components: kept.map(withoutOrigin),
    dependencies: edges.sort((a, b) => (a.ref < b.ref ? -1 : 1)),
  };
}

/** Removes the download address: the digest identifies a package, and the registry of this machine is private. */
function withoutOrigin(each: z.infer<typeof component>): z.infer<typeof component> {
  return { ...each, externalReferences: each.externalReferences.filter(({ type }) => type !== 'distribution') };
}

/** Returns a UUID that is derived from the content. */
function serialOf(purls: readonly string[]): string {
  const [, a, b, c, d, e] =
    /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(createHash('sha256').update(purls.join('\n')).digest('hex')) ?? [];
  return `urn:uuid:${a}-${b}-8${c}-8${d}-${e}`;
}

/** Returns the SBOM of this repository. */
export function readSbom(): Sbom {
  const at = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
  const output = execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--loglevel=error'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return productionSbom(JSON.parse(output), JSON.parse(at('package-lock.json')), JSON.parse(at('package.json')));
}

if (import.meta.main) {
  const { components, ...rest } = readSbom();
  mkdirSync(path.join(ROOT, 'dist'), { recursive: true });
  writeFileSync(path.join(ROOT, OUTPUT), `${JSON.stringify({ ...rest, components }, undefined, 2)}\n`);
  console.log(`${OUTPUT}: ${components.length} packages`);
}
