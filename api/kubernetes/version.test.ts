import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions, minorOf, parseVersion, withV } from './version.ts';

test('parseVersion reads a version with and without v, and with a suffix', () => {
  assert.deepEqual(parseVersion('v1.36.3'), { major: 1, minor: 36, patch: 3, rest: '' });
  assert.deepEqual(parseVersion('1.33.1+vmware.1-fips'), { major: 1, minor: 33, patch: 1, rest: '+vmware.1-fips' });
  assert.deepEqual(parseVersion('v1.37.0-rc.1'), { major: 1, minor: 37, patch: 0, rest: '-rc.1' });
});

for (const text of ['', 'v1', 'v1.36', 'v1.36.x', 'v1.36.3.4', '1.36.3junk', ' v1.36.3', 'latest', 'v-1.2.3']) {
  test(`'${text}' is not a version`, () => assert.equal(parseVersion(text), undefined));
}

test('minorOf cuts the patch and leaves other texts unchanged; withV adds the v once', () => {
  assert.equal(minorOf('1.36.3-rc.1'), 'v1.36');
  assert.equal(minorOf('master'), 'master');
  assert.equal(withV('1.36.3'), 'v1.36.3');
  assert.equal(withV('v1.36.3'), 'v1.36.3');
});

const ORDERS: Record<string, readonly string[]> = {
  'numbers are compared as numbers': ['v1.9.0', 'v1.10.0', 'v1.10.2', 'v1.10.10', 'v2.0.0'],
  'a pre-release is older than its release, and a build is newer': [
    'v1.36.0-alpha.2',
    'v1.36.0-alpha.10',
    'v1.36.0-beta.0',
    'v1.36.0-rc.1',
    'v1.36.0',
    'v1.36.0+vmware.1',
    'v1.36.0+vmware.2',
  ],
  'the v makes no difference': ['1.35.0', 'v1.35.1', '1.35.2'],
  'a text that is not a version sorts first': ['latest', 'v0.0.1'],
};
for (const [what, versions] of Object.entries(ORDERS)) {
  test(what, () => {
    assert.deepEqual(versions.toReversed().sort(compareVersions), versions);
    for (const version of versions) assert.equal(compareVersions(version, version), 0);
  });
}

test('the order of two versions does not depend on the order of the arguments', () => {
  const version = fc
    .tuple(fc.nat(3), fc.nat(40), fc.nat(20), fc.constantFrom('', '-rc.1', '-alpha.3', '+k3s1'))
    .map(([a, b, c, rest]) => `v${a}.${b}.${c}${rest}`);
  fc.assert(
    fc.property(version, version, (a, b) => Math.sign(compareVersions(a, b)) === -Math.sign(compareVersions(b, a))),
  );
});
