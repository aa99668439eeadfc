import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { importProblems } from './check-imports.ts';
import { readSources, sourceFile } from './import-graph.ts';

/** The problems of a tree of the given files. */
function problemsOf(files: Readonly<Record<string, string>>): string[] {
  return importProblems(new Map(Object.entries(files).map(([file, text]) => [file, sourceFile(file, text)])));
}

const PURE = '/** Adds. Pure. */\n';

const REPORTED: Readonly<Record<string, readonly [files: Readonly<Record<string, string>>, problem: RegExp]>> = {
  'a folder without an entry': [{ 'gateway/routes/table.ts': '' }, /^gateway\/routes\/: no entry/],
  'a test in a folder without an entry': [{ 'gateway/table.test.ts': '' }, /^gateway\/: no entry/],
  'a file beside the folders': [{ 'index.ts': '' }, /^\.\/: no entry/],
  'an import against the direction': [
    { 'api/a.ts': `import { b } from '../runtime/b.ts';`, 'runtime/b.ts': '' },
    /^api\/a\.ts imports runtime\/b\.ts: api may not import runtime$/,
  ],
  'an import of one controller by another': [
    { 'controllers/new/a.ts': `import { b } from '../old/b.ts';`, 'controllers/old/b.ts': '' },
    /controllers\/new may not import controllers\/old/,
  ],
  'an import of test equipment by the product': [
    { 'cli/a.ts': `import { b } from '../test/support/b.ts';`, 'test/support/b.ts': '' },
    /cli may not import test/,
  ],
  'an import of data against the direction': [
    { 'api/a.ts': `import b from '../runtime/b.json' with { type: 'json' };` },
    /api may not import runtime/,
  ],
  'a cycle': [
    { 'api/a.ts': `import { b } from './b.ts';`, 'api/b.ts': `import { a } from './a.ts';` },
    /^import cycle: api\/a\.ts, api\/b\.ts$/,
  ],
  'a cycle through types': [
    { 'api/a.ts': `import type { B } from './b.ts';`, 'api/b.ts': `export type { A } from './a.ts';` },
    /^import cycle: api\/a\.ts, api\/b\.ts$/,
  ],
  'a cycle through a dynamic import': [
    { 'api/a.ts': `await import('./b.ts');`, 'api/b.ts': `import type { A } from './a.ts';` },
    /^import cycle: api\/a\.ts, api\/b\.ts$/,
  ],
  'a cycle over three files': [
    { 'api/a.ts': `import './b.ts';`, 'api/b.ts': `import './c.ts';`, 'api/c.ts': `import './a.ts';` },
    /^import cycle: api\/a\.ts, api\/b\.ts, api\/c\.ts$/,
  ],
  'a file that imports itself': [{ 'api/a.ts': `export * from './a.ts';` }, /^import cycle: api\/a\.ts$/],
  'a cycle of tests': [
    { 'test/a.test.ts': `import './b.test.ts';`, 'test/b.test.ts': `import './a.test.ts';` },
    /^import cycle: test\/a\.test\.ts, test\/b\.test\.ts$/,
  ],
  'a computed import': [{ 'cli/a.ts': 'await import(path);' }, /^cli\/a\.ts imports a computed path$/],
  'an import by the name of the package': [
    { 'api/a.ts': `import { client } from 'steward/runtime/client';` },
    /^api\/a\.ts imports steward\/runtime\/client: use a relative path$/,
  ],
  'an impure file imported by a pure one': [
    { 'runtime/a.ts': `${PURE}import { b } from './b.ts';`, 'runtime/b.ts': '/** Reads the clock. */' },
    /^runtime\/a\.ts imports runtime\/b\.ts, which is not pure$/,
  ],
  'an impure package imported by a pure file': [
    { 'runtime/a.ts': `${PURE}import { readFileSync } from 'node:fs';` },
    /^runtime\/a\.ts imports node:fs, which is not pure$/,
  ],
  'an impure call in a file that is pure by its header': [
    { 'runtime/a.ts': `${PURE}export const now = () => Date.now();` },
    /^runtime\/a\.ts uses Date\.now\(, so it is not pure$/,
  ],
  'an impure call in a file that is pure by its folder': [
    { 'authorization/engine/a.ts': 'export const id = () => randomUUID();' },
    /uses randomUUID\(, so it is not pure$/,
  ],
};

describe('it reports', () => {
  for (const [what, [files, problem]] of Object.entries(REPORTED)) {
    test(what, () => {
      const problems = problemsOf(files);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', problem);
    });
  }
});

const ALLOWED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'imports in the direction of the rules': { 'runtime/a.ts': `import { b } from '../api/b.ts';`, 'api/b.ts': '' },
  'imports of anything by tests': { 'api/a.test.ts': `import { b } from '../hack/b.ts';`, 'hack/b.ts': '' },
  'a type of an impure file in a pure one': {
    'runtime/a.ts': `${PURE}import type { B } from './b.ts';`,
    'runtime/b.ts': '/** Reads the clock. */',
  },
  'an import that is only mentioned in a comment': {
    'api/a.ts': `/**\n * As in import { b } from '../runtime/b.ts'.\n */\n// import '../hack/c.ts';\nexport const a = 1;`,
  },
};

describe('it allows', () => {
  for (const [what, files] of Object.entries(ALLOWED)) test(what, () => assert.deepEqual(problemsOf(files), []));
});

const SPELLINGS: readonly string[] = [
  `import { b } from './b.ts';`,
  `import {\n  b,\n  type C,\n} from './b.ts';`,
  `import * as b from "./b.ts";`,
  `import './b.ts';`,
  `import type { B } from './b.ts';`,
  `import{b}from'./b.ts';`,
  `export * from './b.ts';`,
  `export * as b from './b.ts';`,
  `export { b } from './b.ts';`,
  `export type { B } from './b.ts';`,
  `const b = await import('./b.ts');`,
  'const b = await import(\n  `./b.ts`,\n);',
  `type B = import('./b.ts').B;`,
];

describe('an import is found as', () => {
  for (const text of SPELLINGS) {
    test(text.replaceAll(/\s+/g, ' '), () => {
      assert.deepEqual(
        sourceFile('api/a.ts', text).imports.map(({ target }) => target),
        ['api/b.ts'],
      );
    });
  }
});

test('the tree itself is clean', () => {
  assert.deepEqual(importProblems(readSources(path.join(import.meta.dirname, '../..'))), []);
});
