/** Results on standard output: text for people, or the data itself. */
import { dump } from 'js-yaml';
import { InputError } from '../errors.ts';
import type { OutputOptions } from '../options.ts';

const FORMATS: Readonly<Record<string, (data: unknown) => string>> = {
  json: (data) => JSON.stringify(data, null, 2),
  yaml: (data) => dump(data, { lineWidth: -1, noRefs: true }).trimEnd(),
};

/** Refuses an output format that does not exist; to be called before any work. */
export function checkOutput({ output }: OutputOptions): void {
  if (output !== undefined && FORMATS[output] === undefined)
    throw new InputError(`-o ${output}: there is json and yaml`);
}

/** Prints `data` as the options say, or else `text()`. */
export function print({ output }: OutputOptions, data: unknown, text: () => string): void {
  console.log(output === undefined ? text() : FORMATS[output]?.(data));
}
