import type { LoggerService } from '@nestjs/common';
import type { Logger } from './logger.js';

/** Nest's own lines, in our format; its start-up chatter goes to `debug`. Pass to `NestFactory.create(..., { logger })`. */
export function nestLogger(logger: Logger): LoggerService {
  const fields = (rest: unknown[]): { context?: string; stack?: string } => {
    const texts = rest.filter((item): item is string => typeof item === 'string');
    const context = texts.at(-1);
    const stack = texts.length > 1 ? texts[0] : undefined;
    return { ...(context === undefined ? {} : { context }), ...(stack === undefined ? {} : { stack }) };
  };
  const textOf = (message: unknown): string => (typeof message === 'string' ? message : '');
  const detail = (message: unknown): object =>
    message instanceof Error ? { err: message } : typeof message === 'string' ? {} : { detail: message };
  const at =
    (level: 'debug' | 'trace' | 'warn' | 'error' | 'fatal') =>
    (message: unknown, ...rest: unknown[]): void => {
      logger[level]({ ...fields(rest), ...detail(message) }, textOf(message));
    };
  return {
    log: at('debug'),
    debug: at('trace'),
    verbose: at('trace'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}
