/** When the background build speaks, with a stub of the search for programs. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type { FindOptions } from '../../clusters/controlplane/binaries.ts';
import { DEFAULT_RELEASE } from '../../clusters/controlplane/release.ts';
import { buildInBackground } from './background-build.ts';

let lines: string[];
beforeEach(() => {
  lines = [];
});
const log = (line: string): number => lines.push(line);

/** A search that ends when the test says so. */
function stubSearch() {
  const result = Promise.withResolvers<void>();
  let given: FindOptions = {};
  const find = (options: FindOptions): Promise<void> => {
    given = options;
    options.signal?.addEventListener('abort', () => result.reject(new Error('aborted')));
    return result.promise;
  };
  return { find, ...result, say: (line: string) => given.log?.(line), options: () => given };
}

test('programs that are there already are not mentioned', async () => {
  await buildInBackground(DEFAULT_RELEASE, { log, find: async () => undefined }).finish();
  assert.deepEqual(lines, []);
});

test('the build is announced once, and its progress shows only while someone waits for it', async () => {
  const search = stubSearch();
  const build = buildInBackground(DEFAULT_RELEASE, { log, find: search.find });
  search.say('1 of 3');
  search.say('2 of 3');
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /in the background/);
  const finished = build.finish();
  search.say('3 of 3');
  search.resolve();
  await finished;
  assert.deepEqual(lines.slice(2), ['3 of 3']);
  assert.match(lines[1] ?? '', /^waiting for Kubernetes/);
});

test('it gives way to the first act', () => {
  const search = stubSearch();
  buildInBackground(DEFAULT_RELEASE, { log, find: search.find });
  assert.equal(search.options().lowPriority, true);
});

test('a failure is reported at once, and thrown when the second act needs the programs', async () => {
  const search = stubSearch();
  const build = buildInBackground(DEFAULT_RELEASE, { log, find: search.find });
  search.reject(new Error('go build failed:\nmain.go:7: undefined'));
  await assert.rejects(build.finish(), /main\.go:7/);
  assert.match(lines[0] ?? '', /no second act: go build failed:$/);
});

test('stopping it aborts the build, waits for its end, and reports no failure', async () => {
  const search = stubSearch();
  const build = buildInBackground(DEFAULT_RELEASE, { log, find: search.find });
  await build.stop();
  assert.equal(search.options().signal?.aborted, true);
  assert.deepEqual(lines, []);
});
