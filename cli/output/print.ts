/** Prints the result of a command on standard output: text for people, or the data. */
import type { OutputOptions } from '../options.ts';

/** Prints `data` in the format that the options name, or `text()` if they name none. */
export async function print({ output }: OutputOptions, data: unknown, text: () => string): Promise<void> {
  if (output === undefined || output === 'wide') console.log(text());
  else await printData({ output }, data);
}

/** Prints `data` as YAML, or as JSON if the options say so. */
export async function printData({ output }: OutputOptions, data: unknown): Promise<void> {
  console.log(output === 'json' ? JSON.stringify(data, null, 2) : await yamlOf(data));
}

async function yamlOf(data: unknown): Promise<string> {
  const { dump } = await import('js-yaml');
  return dump(data, { lineWidth: -1, noRefs: true }).trimEnd();
}
