/** The flags of a process: the common ones that every process has, and its own. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { INSTALLATION_NAMESPACE } from '../../api/installation.ts';
import { messageOf } from '../errors.ts';
import { LEVELS } from '../log.ts';

/** One flag. --help and the reference in docs/ are generated from this. */
export interface FlagSpec {
  readonly type: 'string' | 'boolean';
  /** What stands for the value of a string flag in the help text, for example FILE or SECONDS. */
  readonly value?: string;
  readonly default?: string | boolean;
  readonly required?: boolean;
  /** Complete sentences. */
  readonly help: string;
}

export type FlagSpecs = Readonly<Record<string, FlagSpec>>;
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Wrong usage. The process prints the message and exits with code 2. */
export class UsageError extends Error {}

const COMMON_FLAGS: FlagSpecs = {
  kubeconfig: {
    type: 'string',
    value: 'FILE',
    help: 'The kubeconfig for the hub. Without this flag, the process uses the KUBECONFIG variable, then the ServiceAccount of its pod.',
  },
  'health-address': {
    type: 'string',
    value: 'HOST:PORT',
    default: '127.0.0.1:0',
    help: 'Where to serve /healthz, /readyz and /metrics. Port 0 takes a free port.',
  },
  'log-level': {
    type: 'string',
    value: 'LEVEL',
    default: 'info',
    help: `The least severe level to log: ${LEVELS.join(', ')}.`,
  },
  help: { type: 'boolean', default: false, help: 'Show this help.' },
};

const ELECTION_FLAGS: FlagSpecs = {
  'leader-elect': {
    type: 'boolean',
    default: true,
    help: 'Work only while holding the Lease, so that one replica works at a time. With --no-leader-elect, always work.',
  },
  'leader-elect-lease-duration': {
    type: 'string',
    value: 'SECONDS',
    default: '15',
    help: 'How long after its last renewal a Lease can be taken over by another replica.',
  },
  'leader-elect-renew-deadline': {
    type: 'string',
    value: 'SECONDS',
    default: '10',
    help: 'How long the leader works on without renewing its Lease. Must be less than the lease duration.',
  },
  'leader-elect-retry-period': {
    type: 'string',
    value: 'SECONDS',
    default: '2',
    help: 'The time between attempts to acquire or renew the Lease. Must be less than the renew deadline.',
  },
  'lease-namespace': {
    type: 'string',
    value: 'NAMESPACE',
    default: INSTALLATION_NAMESPACE,
    help: 'The namespace of the Lease.',
  },
};

/** The flags that every process has. With `leaderElection`, those of a process that elects a leader too. */
export function commonFlags(leaderElection: boolean): FlagSpecs {
  return leaderElection ? { ...COMMON_FLAGS, ...ELECTION_FLAGS } : COMMON_FLAGS;
}

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
    throw new UsageError(`--log-level must be one of ${LEVELS.join(', ')}, not ${JSON.stringify(level)}`);
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

const LONGEST_SECONDS = 86_400;

/** Reads a flag that holds seconds. Returns milliseconds. Throws UsageError unless the value is above 0 and at most a day. */
export function millisecondsOf(flags: Flags, name: string): number {
  const seconds = Number(flags[name]);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= LONGEST_SECONDS) return seconds * 1_000;
  throw new UsageError(
    `--${name} must be a number of seconds above 0 and at most ${LONGEST_SECONDS}, not ${JSON.stringify(flags[name])}`,
  );
}
