/** The flags of a process: those that every process has, and its own. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { messageOf } from './errors.ts';
import { LEVELS } from './log.ts';

/** A flag with the line that --help shows. */
export interface FlagSpec {
  readonly type: 'string' | 'boolean';
  readonly default?: string | boolean;
  readonly help: string;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Wrong usage: the process ends with exit code 2 after this one line. */
export class UsageError extends Error {}

export function commonFlags(leaderElection: boolean): FlagSpecs {
  return {
    kubeconfig: { type: 'string', help: 'path of a kubeconfig; without it KUBECONFIG, then the ServiceAccount of the pod' },
    'health-address': { type: 'string', default: '127.0.0.1:0', help: 'HOST:PORT of /healthz, /readyz and /metrics; port 0 takes a free one' },
    'leader-elect': { type: 'boolean', default: leaderElection, help: 'work only while holding the Lease (--no-leader-elect: always)' },
    'lease-namespace': { type: 'string', default: 'steward-system', help: 'namespace of the Lease' },
    'log-level': { type: 'string', default: 'info', help: LEVELS.join(', ') },
    help: { type: 'boolean', default: false, help: 'show this help' },
  };
}

/** Reads command-line arguments. Throws UsageError. */
export function readFlags(specs: FlagSpecs, args: readonly string[]): Flags {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, default: value }] of Object.entries(specs)) {
    options[name] = value === undefined ? { type } : { type, default: value };
  }
  try {
    const { values } = parseArgs({ args: [...args], options, allowNegative: true, strict: true });
    return values as Flags;
  } catch (error) {
    throw new UsageError(messageOf(error), { cause: error });
  }
}

export function helpText(name: string, specs: FlagSpecs): string {
  const rows = Object.entries(specs).map(([flag, { type, default: value, help }]) => {
    const shown = `  --${flag}${type === 'string' ? '=VALUE' : ''}`;
    const preset = value === undefined || value === false || value === '' ? '' : ` (default ${String(value)})`;
    return `${shown.padEnd(30)} ${help}${preset}`;
  });
  return `usage: ${name} [flags]\n\n${rows.join('\n')}\n`;
}
