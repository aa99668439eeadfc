/** The flags of a process: those that every process has, and its own. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { messageOf } from '../errors.ts';
import { LEVELS } from '../log.ts';

/** A flag with the line that --help shows. */
export interface FlagSpec {
  readonly type: 'string' | 'boolean';
  readonly default?: string | boolean;
  readonly required?: boolean;
  readonly help: string;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Wrong usage: the process ends with exit code 2 after this one line. */
export class UsageError extends Error {}

export function commonFlags(leaderElection: boolean): FlagSpecs {
  return {
    kubeconfig: {
      type: 'string',
      help: 'path of a kubeconfig; without it KUBECONFIG, then the ServiceAccount of the pod',
    },
    'health-address': {
      type: 'string',
      default: '127.0.0.1:0',
      help: 'HOST:PORT of /healthz, /readyz and /metrics; port 0 takes a free one',
    },
    ...(leaderElection ? ELECTION_FLAGS : {}),
    'log-level': { type: 'string', default: 'info', help: LEVELS.join(', ') },
    help: { type: 'boolean', default: false, help: 'show this help' },
  };
}

const ELECTION_FLAGS: FlagSpecs = {
  'leader-elect': {
    type: 'boolean',
    default: true,
    help: 'work only while holding the Lease (--no-leader-elect: always)',
  },
  'leader-elect-lease-duration': {
    type: 'string',
    default: '15',
    help: 'seconds after which another may take a Lease that was not renewed',
  },
  'leader-elect-renew-deadline': {
    type: 'string',
    default: '10',
    help: 'seconds after which a leader that can not renew its Lease stops',
  },
  'leader-elect-retry-period': { type: 'string', default: '2', help: 'seconds between two tries to take or renew it' },
  'lease-namespace': { type: 'string', default: INSTALLATION_NAMESPACE, help: 'namespace of the Lease' },
};

/** Reads command-line arguments. Throws UsageError. */
export function readFlags(specs: FlagSpecs, args: readonly string[]): Flags {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, default: value }] of Object.entries(specs)) {
    options[name] = value === undefined ? { type } : { type, default: value };
  }
  const flags = parse(args, options);
  const missing = Object.keys(specs).filter((name) => specs[name]?.required === true && (flags[name] ?? '') === '');
  if (flags['help'] !== true && missing.length > 0)
    throw new UsageError(`missing: ${missing.map((name) => `--${name}`).join(', ')}`);
  const level = flags['log-level'];
  if (level !== undefined && !LEVELS.some((each) => each === level))
    throw new UsageError(`--log-level is one of ${LEVELS.join(', ')}, not ${JSON.stringify(level)}`);
  return flags;
}

function parse(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>): Flags {
  try {
    // Only strings and booleans are ever declared.
    return parseArgs({ args: [...args], options, allowNegative: true, strict: true }).values as Flags;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

export function helpText(name: string, specs: FlagSpecs): string {
  const rows = Object.entries(specs).map(([flag, { type, default: value, required, help }]) => {
    const shown = `  --${flag}${type === 'string' ? '=VALUE' : ''}`;
    const preset = value === undefined || value === false || value === '' ? '' : ` (default ${String(value)})`;
    const must = required === true ? ' (required)' : '';
    return `${shown.padEnd(30)} ${help}${preset}${must}`;
  });
  return `usage: ${name} [flags]\n\n${rows.join('\n')}\n`;
}

/** A flag that says a number of seconds, in milliseconds. Throws UsageError when it says none above 0. */
export function millisecondsOf(flags: Flags, name: string): number {
  const seconds = Number(flags[name]);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds * 1_000;
  throw new UsageError(`--${name} is a number of seconds, not ${JSON.stringify(flags[name])}`);
}
