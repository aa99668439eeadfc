import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import { cacheDirectory, ETCD_VERSION, KUBERNETES_VERSION, SOURCE } from './release.ts';

const before = process.env['XDG_CACHE_HOME'];
afterEach(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
});

test('the versions come from go.mod', () => {
  assert.match(KUBERNETES_VERSION, /^v1\.\d+\.\d+$/);
  assert.match(ETCD_VERSION, /^v3\.\d+\.\d+$/);
  assert.equal(path.basename(SOURCE), 'binary');
});

test('the cache is below XDG_CACHE_HOME, in a folder for this version and these sources', () => {
  process.env['XDG_CACHE_HOME'] = '/caches';
  const directory = cacheDirectory();
  assert.equal(path.dirname(directory), '/caches/steward/controlplane');
  assert.match(path.basename(directory), new RegExp(`^${KUBERNETES_VERSION.replaceAll('.', '\\.')}-[0-9a-f]{12}$`));
  assert.equal(cacheDirectory(), directory);
});

test('an empty or relative XDG_CACHE_HOME is ignored', () => {
  for (const value of ['', 'relative']) {
    process.env['XDG_CACHE_HOME'] = value;
    assert.ok(cacheDirectory().startsWith(path.join(homedir(), '.cache', 'steward')), value);
  }
});
