import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '#observability';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** A process of ours. */
export interface Supervisable {
  readonly pid: number;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** A process that is started again whenever it ends without having been asked to. */
export interface Supervised<T extends Supervisable> {
  /** The one that runs now, or the last that ran. */
  current(): T;
  /** Ends it for good, by its own `stop` unless told how. */
  stop(how?: (running: T) => Promise<void>): Promise<void>;
}

/**
 * Starts a process and keeps it up, with pauses from 100 ms to 5 s between attempts.
 * @param onRestart called after each new start, with the new process
 * @throws whatever the first start throws; later failures are logged and tried again
 */
export async function supervise<T extends Supervisable>(
  name: string,
  start: () => Promise<T>,
  logger: Logger,
  onRestart: (next: T) => Promise<void>,
): Promise<Supervised<T>> {
  let running = await start();
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  const keepUp = async (): Promise<void> => {
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      await running.ended;
      if (isStopping()) return;
      logger.error({ process: name, pid: running.pid }, 'ended unasked, starting it again');
      try {
        running = await start();
        if (isStopping()) return await running.stop(); // asked to end while it was coming up
        await onRestart(running);
        pauseMs = FIRST_PAUSE_MS;
      } catch (error) {
        logger.error({ err: error, process: name }, 'could not be started again');
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
        // oxlint-disable-next-line no-useless-assignment -- the next round reads it
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  };
  const watching = keepUp();
  return {
    current: () => running,
    stop: async (how = (process) => process.stop()) => {
      stopping.abort();
      await Promise.all([how(running), watching]);
    },
  };
}
