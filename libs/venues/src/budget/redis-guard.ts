import type { Redis } from 'ioredis';

/** While Redis is down it is asked again this often. */
const RETRY_MS = 250;

/**
 * Answers null instead of waiting for a Redis that is down: at once when there is no connection, after the
 * time limit when it is silent, and then without asking again until it has answered a ping.
 */
export class RedisGuard {
  private silentUntil = 0;
  private probing = false;

  constructor(
    private readonly redis: Redis,
    private readonly timeoutMs: number,
    private readonly observeSeconds?: (seconds: number) => void,
  ) {}

  get up(): boolean {
    return this.redis.status === 'ready' && this.silentUntil === 0;
  }

  /** @throws what `work` throws, unless the connection broke */
  async run<Result>(work: () => Promise<Result>): Promise<Result | null> {
    if (this.redis.status !== 'ready') return null;
    if (this.silentUntil > 0 && !(await this.answersAgain())) return null;
    const startedAt = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<typeof SILENT>((resolve) => {
      timer = setTimeout(() => resolve(SILENT), this.timeoutMs);
    });
    try {
      const working = work();
      working.catch(() => undefined); // after the time limit nobody waits for it any more
      const result = await Promise.race([working, silence]);
      if (result === SILENT) {
        this.silentUntil = performance.now() + RETRY_MS;
        return null;
      }
      this.observeSeconds?.((performance.now() - startedAt) / 1_000);
      return result;
    } catch (error) {
      if (isConnectionError(error)) return null;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** At most one ping at a time, and none more often than the retry interval. */
  private async answersAgain(): Promise<boolean> {
    if (this.probing || performance.now() < this.silentUntil) return false;
    this.probing = true;
    const answered = await Promise.race([
      this.redis.ping().then(
        () => true,
        () => false,
      ),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(false), RESPONSE_MS).unref()),
    ]);
    this.silentUntil = answered ? 0 : performance.now() + RETRY_MS;
    this.probing = false;
    return answered;
  }
}

const SILENT = Symbol('silent');
const RESPONSE_MS = 40;

/** Errors of ioredis that say the command had no answer, or that Redis cannot serve any now. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    error.name === 'AbortError' ||
    (typeof code === 'string' && code.startsWith('E')) ||
    // Redis 6 puts what stopped a script after the text of its own error.
    /Connection is closed|Stream isn't writeable|Command timed out|\b(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|OOM|MISCONF|TRYAGAIN) /.test(
      error.message,
    )
  );
}
