/** Finds links and file names in Markdown that lead nowhere, and documents that nothing links to. Pure. */
import path from 'node:path';
import { anchorOf } from '../generators/reference/markdown.ts';

const FENCE = /^ *(```+|~~~+)[^\n]*\n.*?^ *\1 *$/gms;
/** Indented code would need a parser; a line of it that looks like a link is rare enough. */
const INLINE_CODE = /(`+)(?!`)(.+?)(?<!`)\1(?!`)/gs;
const LINK = /\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s*(\S+)/gm;
const HEADING = /^#{1,6} +(.*?)(?: +#+)? *$/gm;
const ELSEWHERE = /^[a-z][a-z+.-]*:/i;
/** A path with a folder and an ending, as documents name files of this tree. A segment in capitals stands for a name to choose. */
const FILE_NAME = /^(?!.*(?:^|\/)[A-Z]+[/.])[\w.-]+(?:\/[\w.-]+)+\.(?:ts|go|md|json|ya?ml)$/;

/**
 * `pages` is Markdown by its path in the repository; `exists` says whether a path of the repository is there. Returns a line for
 * each link whose file or heading is missing, and for each file in inline code that is missing though its top folder is there.
 */
export function brokenReferences(
  pages: ReadonlyMap<string, string>,
  exists: (file: string) => boolean,
): readonly string[] {
  const anchors = new Map([...pages].map(([file, text]) => [file, anchorsOf(text)]));
  return [...pages].flatMap(([file, text]) => {
    const prose = text.replaceAll(FENCE, '');
    const links = linksOf(prose.replaceAll(INLINE_CODE, '')).filter((link) =>
      isBroken(link, file, { anchors, exists }),
    );
    const files = filesNamedIn(prose).filter((name) => exists(topOf(name)) && !exists(name));
    return [
      ...links.map((link) => `${file}: the link ${link} leads nowhere`),
      ...files.map((name) => `${file}: names ${name}, which does not exist`),
    ];
  });
}

/** Returns a line for each page of docs/ that no other page links to: a reader would not find it. */
export function unlinkedPages(pages: ReadonlyMap<string, string>): readonly string[] {
  const linked = new Set(
    [...pages].flatMap(([file, text]) =>
      linksOf(proseOf(text))
        .map((link) => targetOf(link, file))
        .filter((target) => target !== file),
    ),
  );
  return [...pages.keys()]
    .filter((file) => file.startsWith('docs/') && !linked.has(file))
    .map((file) => `${file}: no other document links to it`);
}

/** A page without code, in which a link is a link. */
function proseOf(text: string): string {
  return text.replaceAll(FENCE, '').replaceAll(INLINE_CODE, '');
}

function targetOf(link: string, from: string): string {
  const target = decodeURIComponent(link).split('#')[0] ?? '';
  return target === '' ? from : path.posix.normalize(path.posix.join(path.posix.dirname(from), target));
}

function linksOf(prose: string): readonly string[] {
  return [...prose.matchAll(LINK)]
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter((link) => !ELSEWHERE.test(link));
}

function filesNamedIn(prose: string): readonly string[] {
  return [...prose.matchAll(INLINE_CODE)].map(([, , text = '']) => text.trim()).filter((text) => FILE_NAME.test(text));
}

function topOf(file: string): string {
  return file.split('/')[0] ?? '';
}

interface Tree {
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>;
  readonly exists: (file: string) => boolean;
}

function isBroken(link: string, from: string, { anchors, exists }: Tree): boolean {
  const anchor = decodeURIComponent(link).split('#')[1];
  const file = targetOf(link, from);
  if (!exists(file)) return true;
  const known = anchors.get(file);
  return anchor !== undefined && known !== undefined && !known.has(anchor);
}

/** The anchors of a page's headings. A heading that occurs again gets -1, -2 and so on, as on GitHub. */
function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const headings = [...text.replaceAll(FENCE, '').matchAll(HEADING)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) => {
      const anchor = anchorOf(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}
