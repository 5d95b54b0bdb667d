import type { Logger } from './logger.js';

/** Under npm one Ctrl-C arrives twice: from the terminal, and handed on by npm. */
const SAME_KEYPRESS_MS = 500;

/**
 * The first SIGTERM or SIGINT drains and exits with 0 (1 when something did not stop in order); a second SIGINT exits at
 * once with 1. An error nobody caught is logged and ends the process with 1: the state behind it is not to be trusted.
 */
export function exitOnSignals(logger: Logger, drain: () => Promise<boolean>): void {
  let drainingSince: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (drainingSince !== undefined) {
      if (signal === 'SIGINT' && performance.now() - drainingSince > SAME_KEYPRESS_MS) process.exit(1);
      return;
    }
    drainingSince = performance.now();
    logger.info({ signal }, 'draining');
    void drain().then(
      (inOrder) => process.exit(inOrder ? 0 : 1),
      (error: unknown) => {
        logger.fatal({ err: error }, 'drain failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const onBug = (error: unknown): void => {
    logger.fatal({ err: error }, 'uncaught error');
    process.exit(1);
  };
  process.on('uncaughtException', onBug);
  process.on('unhandledRejection', onBug);
}
