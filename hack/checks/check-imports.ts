/**
 * Reports each import that breaks hack/checks/import-rules.ts, each folder that has no entry there, each import cycle, and each
 * impure import or call in a file that is declared pure.
 */
import path from 'node:path';
import { cyclesIn, readSources, type SourceFile } from './import-graph.ts';
import { areaOf, isPure, isRuled, mayImport } from './import-rules.ts';

const IMPURE_CALL =
  /\b(?:Date\.now\(|process\.(?:env|argv|pid|exit|on|cwd|hrtime|std(?:in|out|err))\b|new Date\(\)|performance\.now|fetch\(|console\.|Math\.random|random(?:Bytes|UUID|Int)\(|set(?:Timeout|Interval|Immediate)\()/;
/** Packages that turn data into data. */
const PURE_PACKAGES = new Set(['node:crypto', 'node:net', 'node:path', 'node:util', 'js-yaml', 'pluralize', 'zod']);
/** An import whose file only shows at run time: no check can follow it. */
const COMPUTED_IMPORT = /\bimport\(\s*(?!['"])/;

/** Returns what is wrong with the imports of the given tree, one line for each problem. */
export function importProblems(sources: ReadonlyMap<string, SourceFile>): string[] {
  const product = new Map([...sources].filter(([file]) => !file.endsWith('.test.ts')));
  const ruled = [...product].filter(([file]) => isRuled(file));
  return [
    ...undeclaredFolders([...sources.keys()]).map((folder) => `${folder}/: no entry in hack/checks/import-rules.ts`),
    ...cyclesIn(sources).map((files) => `import cycle: ${files.join(', ')}`),
    ...[...product].flatMap(([file, source]) => wrongImports(file, source)),
    ...ruled.flatMap(([file, source]) => untraceableImports(file, source)),
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

/** An import that the rules above can't see: one of our files by a computed path, or by the name of our own package. */
function untraceableImports(file: string, { text, packages }: SourceFile): string[] {
  const own = packages.filter((name) => name === 'steward' || name.startsWith('steward/'));
  return [
    ...(COMPUTED_IMPORT.test(text) ? [`${file} imports a computed path`] : []),
    ...own.map((name) => `${file} imports ${name}: use a relative path`),
  ];
}

/** A pure file may import values of the runtime only from files that are pure themselves, and only packages that are pure. */
function impurities(file: string, source: SourceFile, sources: ReadonlyMap<string, SourceFile>): string[] {
  const { text, imports, packages } = source;
  const files = imports.filter(
    ({ target, isType }) =>
      !isType && target.startsWith('runtime/') && !isPure(target, sources.get(target)?.text ?? ''),
  );
  const impure = [...files.map(({ target }) => target), ...packages.filter((name) => !PURE_PACKAGES.has(name))];
  const call = IMPURE_CALL.exec(text)?.[0];
  return [
    ...impure.map((target) => `${file} imports ${target}, which is not pure`),
    ...(call === undefined ? [] : [`${file} uses ${call}, so it is not pure`]),
  ];
}

if (import.meta.main) {
  const problems = importProblems(readSources(path.join(import.meta.dirname, '../..')));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
