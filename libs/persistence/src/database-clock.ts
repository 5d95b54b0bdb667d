import { epochMs, type Clock, type EpochMs } from '#domain';
import type { Database } from './database.js';

const MEASURE_EVERY_MS = 5_000;

/**
 * The database's clock, carried forward between measurements by the monotonic clock, so that a step of the
 * worker's own clock moves nothing (architecture.md 5).
 */
export class DatabaseClock implements Clock {
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly db: Pick<Database, 'serverTimeMs'>,
    private anchorDb: number,
    private anchorMono: number,
    private readonly monotonicMs: () => number,
  ) {}

  /** @throws DatabaseUnavailableError when the first measurement fails */
  static async start(
    db: Pick<Database, 'serverTimeMs'>,
    monotonicMs: () => number = () => performance.now(),
  ): Promise<DatabaseClock> {
    const clock = new DatabaseClock(db, 0, 0, monotonicMs);
    await clock.measure();
    clock.timer = setInterval(() => void clock.measure().catch(() => undefined), MEASURE_EVERY_MS);
    clock.timer.unref();
    return clock;
  }

  now(): EpochMs {
    return epochMs(Math.round(this.anchorDb + this.monotonicMs() - this.anchorMono));
  }

  /** The database's clock minus this worker's own, in ms; beyond 1,000 the worker must stop taking work. */
  skewMs(): number {
    return this.now() - Date.now();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Best of three, by round trip: half of it is the error. */
  private async measure(): Promise<void> {
    let bestRtt = Infinity;
    for (let i = 0; i < 3; i += 1) {
      const before = this.monotonicMs();
      const db = await this.db.serverTimeMs();
      const after = this.monotonicMs();
      if (after - before >= bestRtt) continue;
      bestRtt = after - before;
      this.anchorDb = db;
      this.anchorMono = (before + after) / 2;
    }
  }
}
