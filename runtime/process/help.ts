/** The text of --help. Pure. */
import type { FlagSpec, FlagSpecs } from './flags.ts';

/** Columns of a line. Most terminals have more, so that no line wraps a second time. */
const WIDTH = 80;
const INDENT = ' '.repeat(6);

/** `name` is the process's name. Each flag gets a line of its own, then its description, indented. */
export function helpText(name: string, specs: FlagSpecs): string {
  const entries = Object.entries(specs)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([flag, spec]) => [headOf(flag, spec), ...wrap(spec.help).map((line) => INDENT + line)].join('\n'));
  return `Usage: ${name} [flags]\n\nFlags:\n${entries.join('\n')}\n`;
}

function headOf(flag: string, { type, value = 'VALUE', required, default: preset }: FlagSpec): string {
  const shown = type === 'string' ? `  --${flag}=${value}` : `  --${flag}`;
  if (required === true) return `${shown} (required)`;
  return preset === undefined || preset === false || preset === '' ? shown : `${shown} (default ${String(preset)})`;
}

/** Breaks a text between words. A word longer than a line gets a line of its own. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || INDENT.length + last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
