/** Reads the imports of the tree from its text: static, dynamic and type-only ones. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Import {
  /** The imported file, relative to the repository. */
  readonly target: string;
  /** Whether the import is gone at run time (`import type`). */
  readonly isType: boolean;
}

export interface SourceFile {
  readonly text: string;
  /** The imported files of the repository. */
  readonly imports: readonly Import[];
  /** The packages and modules of Node whose values it imports. */
  readonly packages: readonly string[];
}

const IMPORT =
  /(?:\b(?:import|export)\b(\s+type\b)?[^;'"`]*?\bfrom\s*|\bimport\s*|\bimport\(\s*)(['"`])([^'"`\s$]+)\2/g;
/** A block comment begins its line: elsewhere the characters may belong to a string, as in a glob pattern. */
const COMMENT = /^\s*(?:\/\*.*?\*\/|\/\/[^\n]*)/gms;
const SKIPPED = /^(node_modules|dist|\.steward|\.git)$/;

/** Reads every TypeScript file of the repository at `root`, tests included, without packages and build output. */
export function readSources(root: string): Map<string, SourceFile> {
  const files = globSync('**/*.ts', { cwd: root, exclude: (name) => SKIPPED.test(path.basename(name)) });
  return new Map(files.toSorted().map((file) => [file, sourceFile(file, readFileSync(path.join(root, file), 'utf8'))]));
}

/** `file` is relative to the repository, as are the targets of its imports. */
export function sourceFile(file: string, text: string): SourceFile {
  const found = [...text.replaceAll(COMMENT, '').matchAll(IMPORT)].map(([, type, , specifier = '']) => ({
    specifier,
    isType: type !== undefined,
  }));
  const isFile = ({ specifier }: { specifier: string }): boolean => specifier.startsWith('.');
  return {
    text,
    imports: found.filter(isFile).map(({ specifier, isType }) => ({
      target: path.posix.join(path.posix.dirname(file), specifier),
      isType,
    })),
    packages: found.filter((each) => !isFile(each) && !each.isType).map(({ specifier }) => specifier),
  };
}

type Graph = ReadonlyMap<string, Pick<SourceFile, 'imports'>>;

/** The graph without the imports that are gone at run time. */
export function runtimeGraph(sources: Graph): Graph {
  return new Map(
    [...sources].map(([file, { imports }]) => [file, { imports: imports.filter(({ isType }) => !isType) }]),
  );
}

/** Returns the groups of files that import each other in a cycle, through types alone too. A file that imports itself counts. */
export function cyclesIn(sources: Graph): string[][] {
  const reach = new Map<string, ReadonlySet<string>>();
  for (const file of sources.keys()) reach.set(file, reachableFrom([file], sources));
  const circular = [...sources.keys()].filter((file) => reach.get(file)?.has(file));
  const groups = circular.map((file) =>
    circular.filter((other) => other === file || (reach.get(file)?.has(other) && reach.get(other)?.has(file))),
  );
  return [...new Map(groups.map((group) => [group.join('\n'), group])).values()];
}

/** Returns every file that the given files import, directly or through others. */
export function reachableFrom(files: readonly string[], sources: Graph): Set<string> {
  const found = new Set<string>();
  const pending = [...files];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    for (const { target } of sources.get(file)?.imports ?? []) {
      if (found.has(target)) continue;
      found.add(target);
      pending.push(target);
    }
  }
  return found;
}
