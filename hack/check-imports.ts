/**
 * Fails with each import that breaks hack/import-rules.ts, each folder that has no entry there, each circle of imports, and each
 * impure import or call in a file that says it is pure.
 */
import path from 'node:path';
import { cyclesIn, readSources, type SourceFile } from './import-graph.ts';
import { areaOf, isPure, mayImport } from './import-rules.ts';

const IMPURE_TEXT =
  /\b(Date\.now\(|process\.(?:env|argv|pid|exit|on|cwd|hrtime|std(?:in|out|err))\b|new Date\(\)|performance\.now|fetch\(|console\.)/;

/** What is wrong with the imports of the given tree, a line each. */
export function importProblems(sources: ReadonlyMap<string, SourceFile>): string[] {
  const product = new Map([...sources].filter(([file]) => !file.endsWith('.test.ts')));
  return [
    ...undeclaredFolders([...sources.keys()]).map((folder) => `${folder}/: no entry in hack/import-rules.ts`),
    ...cyclesIn(sources).map((files) => `import cycle: ${files.join(', ')}`),
    ...[...product].flatMap(([file, source]) => wrongImports(file, source)),
    ...[...product]
      .filter(([file, { text }]) => isPure(file, text))
      .flatMap(([file, source]) => impurities(file, source, product)),
  ];
}

function undeclaredFolders(files: readonly string[]): string[] {
  return [...new Set(files.filter((file) => areaOf(file) === undefined).map((file) => path.dirname(file)))];
}

function wrongImports(file: string, { imports }: SourceFile): string[] {
  const from = areaOf(file);
  return imports.flatMap(({ target }) => {
    const to = areaOf(target);
    return from === undefined || to === undefined || mayImport(from, to)
      ? []
      : [`${file} imports ${target}: ${from} may not import ${to}`];
  });
}

/** A pure file may import values of the runtime only from files that are pure themselves. */
function impurities(file: string, { text, imports }: SourceFile, sources: ReadonlyMap<string, SourceFile>): string[] {
  const impure = imports.filter(
    ({ target, isType }) =>
      !isType && target.startsWith('runtime/') && !isPure(target, sources.get(target)?.text ?? ''),
  );
  const call = IMPURE_TEXT.exec(text)?.[0];
  return [
    ...impure.map(({ target }) => `${file} imports ${target}, which is not pure`),
    ...(call === undefined ? [] : [`${file} uses ${call}, so it is not pure`]),
  ];
}

if (import.meta.main) {
  const problems = importProblems(readSources(path.dirname(import.meta.dirname)));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
