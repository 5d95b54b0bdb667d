import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers } from 'pino';
import { redact, redactText } from './redact.js';

export type Logger = PinoLogger;

/**
 * One JSON line per event. `level` as pino names them (`info` by default in the configuration); `destination` defaults
 * to standard output. Secrets are masked by name (see `redact`), inside errors too, and by shape in any text.
 */
export function createLogger(name: string, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service: name },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      bindings: (bindings: object) => redact(bindings) as Record<string, unknown>,
      log: (fields: object) => redact(fields) as Record<string, unknown>,
    },
    serializers: { err: serializeError, error: serializeError },
    hooks: { streamWrite: redactText },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function serializeError(value: unknown): unknown {
  return value instanceof Error ? redact({ ...stdSerializers.err(value) }) : value;
}
