/** The imports of the tree, read from its text: static, dynamic and type-only ones alike. */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Import {
  /** The imported file, relative to the repository. */
  readonly target: string;
  readonly isType: boolean;
}

export interface SourceFile {
  readonly text: string;
  readonly imports: readonly Import[];
}

const IMPORT = /(?:\b(import|export)\b( type)?[^;'"`]*?\bfrom |\bimport |\bimport\()'(\.[^']+\.ts)'/g;

/** Every TypeScript file of the repository at `root`, without packages and build output; tests too. */
export function readSources(root: string): Map<string, SourceFile> {
  const files = globSync('**/*.ts', {
    cwd: root,
    exclude: (name) => /^(node_modules|dist|\.steward|\.git)$/.test(path.basename(name)),
  });
  return new Map(files.toSorted().map((file) => [file, sourceFile(file, readFileSync(path.join(root, file), 'utf8'))]));
}

/** `file` is relative to the repository, as are the targets of its imports. */
export function sourceFile(file: string, text: string): SourceFile {
  const imports = [...text.matchAll(IMPORT)].map(([, , type, target = '']) => ({
    target: path.posix.join(path.posix.dirname(file), target),
    isType: type !== undefined,
  }));
  return { text, imports };
}

/** Groups of files that import each other in a circle, also through types alone. A file that imports itself counts. */
export function cyclesIn(sources: ReadonlyMap<string, Pick<SourceFile, 'imports'>>): string[][] {
  const reach = new Map<string, ReadonlySet<string>>();
  for (const file of sources.keys()) reach.set(file, reachableFrom([file], sources));
  const circular = [...sources.keys()].filter((file) => reach.get(file)?.has(file));
  const groups = circular.map((file) =>
    circular.filter((other) => other === file || (reach.get(file)?.has(other) && reach.get(other)?.has(file))),
  );
  return [...new Map(groups.map((group) => [group.join('\n'), group])).values()];
}

/** Every file that the given files import, directly or through others. */
export function reachableFrom(
  files: readonly string[],
  sources: ReadonlyMap<string, Pick<SourceFile, 'imports'>>,
): Set<string> {
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
