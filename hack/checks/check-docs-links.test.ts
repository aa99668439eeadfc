import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokenReferences, unlinkedPages } from './check-docs-links.ts';

const OTHER = '# Other\n\n## What `make run` does\n\n## Twice\n\n## Twice\n';

function problemsOf(text: string): readonly string[] {
  const pages = new Map([
    ['docs/page.md', text],
    ['docs/other.md', OTHER],
  ]);
  const files = new Set(['docs', 'docs/page.md', 'docs/other.md', 'hack', 'hack/verify.ts', 'README.md']);
  return brokenReferences(pages, (file) => files.has(file));
}

describe('links and file names in Markdown', () => {
  for (const [sentence, text] of [
    ['a link to a file that exists', '[other](other.md) [readme](../README.md) [folder](../hack)'],
    ['a link to a heading', '[other](other.md#what-make-run-does)'],
    ['a link to the second of two headings of one name', '[other](other.md#twice-1)'],
    ['a link to a heading of the same page', '# Here it is\n\n[up](#here-it-is)'],
    ['a link to another site', '[site](https://example.com/missing.md)'],
    ['a link within code', '`[x](missing.md)`\n\n```\n[x](missing.md)\n```\n'],
    ['a file that exists', 'see `hack/verify.ts`'],
    ['a file name with a part to choose', 'see `hack/KIND.ts` and `hack/FOLDER/verify.ts`'],
    ['a file name whose top folder is not of this tree', 'see `elsewhere/file.ts`'],
  ] as const)
    test(`${sentence} is right`, () => assert.deepEqual(problemsOf(text), []));

  for (const [sentence, text] of [
    ['a link to a missing file', '[other](missing.md)'],
    ['a link to a missing heading', '[other](other.md#missing)'],
    ['a link to a missing heading of the same page', '[up](#missing)'],
    ['a link that is defined by reference', '[other]: missing.md'],
    ['a missing file in inline code', 'see `hack/missing.ts`'],
  ] as const)
    test(`${sentence} is reported`, () => assert.equal(problemsOf(text).length, 1));
});

test('a document that only links to itself is reported, one that another links to is not', () => {
  const pages = new Map([
    ['README.md', '[guide](docs/guide.md#top)'],
    ['docs/guide.md', '# Top'],
    ['docs/lost.md', '# Lost\n\n[up](#lost) `[x](guide.md)`'],
  ]);
  assert.deepEqual(unlinkedPages(pages), ['docs/lost.md: no other document links to it']);
});
