/** The first page of docs/reference/. Pure. */
import { page, table } from './markdown.ts';

export interface IndexEntry {
  readonly file: string;
  readonly title: string;
  readonly about: string;
}

export function indexPage(entries: readonly IndexEntry[]): string {
  return page(
    'Reference',
    'Generated from the code by `make generate`; `make verify` fails when a page is stale. The [documentation](../README.md) has the guides.',
    table(
      ['Page', 'Content'],
      entries.map(({ file, title, about }) => [`[${title}](${file})`, about]),
    ),
  );
}
