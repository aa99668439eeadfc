/**
 * Structured logs on stderr: one JSON object per line, with a constant lower-case message and camelCase keys. Callers must
 * never log tokens, keys or whole objects.
 */
import { destination, pino } from 'pino';

export interface Logger {
  debug(message: string, pairs?: object): void;
  info(message: string, pairs?: object): void;
  error(message: string, pairs?: object): void;
  /** A logger that adds `pairs` to every line. */
  child(pairs: object): Logger;
}

export const LEVELS = ['debug', 'info', 'error'] as const;

export function createLogger({ name, level }: { name: string; level: string }): Logger {
  const options = {
    name,
    level,
    base: null,
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: (): string => `,"time":"${new Date().toISOString()}"`,
  };
  return wrap(pino(options, destination({ fd: 2, sync: true })).child({ logger: name }));
}

interface Sink {
  debug(pairs: object, message: string): void;
  info(pairs: object, message: string): void;
  error(pairs: object, message: string): void;
  child(pairs: object): Sink;
}

function wrap(sink: Sink): Logger {
  return {
    debug: (message, pairs = {}) => sink.debug(pairs, message),
    info: (message, pairs = {}) => sink.info(pairs, message),
    error: (message, pairs = {}) => sink.error(pairs, message),
    child: (pairs) => wrap(sink.child(pairs)),
  };
}
