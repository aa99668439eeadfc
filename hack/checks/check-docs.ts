/**
 * Fails with each relative link of a Markdown file that leads nowhere, each file that a document names and that does not
 * exist, each document that nothing links to, and each Mermaid diagram that does not parse.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { brokenDiagrams } from './check-docs-diagrams.ts';
import { brokenReferences, unlinkedPages } from './check-docs-links.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** Tracked files and new ones, so that a document can be checked before it is committed. */
const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: ROOT });
const pages = new Map(
  listed
    .toString()
    .split('\n')
    .filter((file) => file !== '' && existsSync(path.join(ROOT, file)))
    .map((file) => [file, readFileSync(path.join(ROOT, file), 'utf8')]),
);

const problems = [
  ...brokenReferences(pages, (file) => existsSync(path.join(ROOT, file))),
  ...unlinkedPages(pages),
  ...(await brokenDiagrams(pages)),
];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
