import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { productionPackages, productionSbom, readSbom } from './sbom.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(ROOT, name), 'utf8'));

describe('the SBOM of this repository', () => {
  const generated = readSbom();

  test('lists exactly the production dependencies of package-lock.json', () => {
    assert.deepEqual(
      generated.components.map(({ name, version }) => `${name}@${version}`).sort(),
      productionPackages(read('package-lock.json')),
    );
  });
  test('has the dependencies of package.json at their versions, and no development dependency', () => {
    const { dependencies, devDependencies } = read('package.json') as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const names = new Map(generated.components.map(({ name, version }) => [name, version]));
    for (const [name, version] of Object.entries(dependencies)) assert.equal(names.get(name), version, name);
    const direct = generated.dependencies.find(({ ref }) => ref === generated.metadata.component['bom-ref']);
    assert.deepEqual(
      direct?.dependsOn,
      Object.entries(dependencies)
        .map(([name, version]) => `${name}@${version}`)
        .sort(),
    );
    for (const name of ['typescript', 'knip', 'node', 'rolldown', 'fast-check'])
      assert.ok(name in devDependencies && !names.has(name), name);
  });
  test('has a digest of every package, and no reference to an unlisted one', () => {
    const refs = new Set([...generated.components, generated.metadata.component].map((each) => each['bom-ref']));
    assert.deepEqual(
      generated.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !refs.has(ref)),
      [],
    );
    assert.deepEqual(
      generated.components
        .filter(({ hashes }) => !JSON.stringify(hashes ?? '').includes('SHA-512'))
        .map(({ name }) => name),
      [],
    );
  });
  test('is the same when it is generated again', () => assert.deepEqual(readSbom(), generated));
});

const packageOf = (name: string): object => ({
  'bom-ref': `${name}@1.0.0`,
  name,
  version: '1.0.0',
  purl: `pkg:npm/${name}@1.0.0`,
  externalReferences: [
    { type: 'distribution', url: 'https://mirror.test/a.tgz' },
    { type: 'website', url: 'https://a.test' },
  ],
});
const everything = (...names: string[]): object => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  metadata: { timestamp: 'now', component: packageOf('folder') },
  components: names.map(packageOf),
  dependencies: [{ ref: 'folder@1.0.0', dependsOn: names.map((name) => `${name}@1.0.0`) }],
});
const lock = {
  packages: {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/dev': { version: '1.0.0', dev: true },
  },
};
const manifest = { name: 'steward', dependencies: { a: '1.0.0' } };

describe('the SBOM of npm', () => {
  test('loses the development dependencies and the name of the folder', () => {
    const { components, dependencies, metadata } = productionSbom(everything('a', 'dev'), lock, manifest);
    assert.deepEqual(
      components.map(({ name }) => name),
      ['a'],
    );
    assert.deepEqual(dependencies, [{ ref: 'folder@1.0.0', dependsOn: ['a@1.0.0'] }]);
    assert.equal(metadata.component.name, 'steward');
    assert.deepEqual(Object.keys(metadata), ['component']);
  });
  test('loses the addresses that the packages were downloaded from', () => {
    assert.deepEqual(productionSbom(everything('a'), lock, manifest).components[0]?.externalReferences, [
      { type: 'website', url: 'https://a.test' },
    ]);
  });
  test('must contain every production package of the lockfile', () =>
    assert.throws(() => productionSbom(everything('dev'), lock, manifest), /not installed: a@1\.0\.0/));
  test('is refused when it is malformed', () => assert.throws(() => productionSbom({ error: {} }, lock, manifest)));
});
