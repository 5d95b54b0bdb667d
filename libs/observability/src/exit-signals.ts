import type { Logger } from './logger.js';

/**
 * The first SIGTERM or SIGINT drains and exits with 0 (1 when something did not stop in order); a second SIGINT exits at
 * once with 1. An error nobody caught is logged and ends the process with 1: the state behind it is not to be trusted.
 */
export function exitOnSignals(logger: Logger, drain: () => Promise<boolean>): void {
  let draining = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (draining) {
      if (signal === 'SIGINT') process.exit(1);
      return;
    }
    draining = true;
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
