import type { Instrument } from '#domain';
import { InstrumentRepository, RepeatingTask, type Database } from '#persistence';

const REFRESH_MS = 10_000;

/** Reference data of all instruments in memory, read again every few seconds. */
export class InstrumentCache {
  private byKey = new Map<string, Instrument>();
  private readonly task: RepeatingTask;

  constructor(private readonly db: Database) {
    this.task = new RepeatingTask(
      () => this.refresh(),
      REFRESH_MS,
      () => undefined,
    );
  }

  start(): this {
    this.task.start();
    return this;
  }

  stop(): Promise<void> {
    return this.task.stop();
  }

  get(venue: string, symbol: string): Instrument | undefined {
    return this.byKey.get(`${symbol}.${venue}`);
  }

  async refresh(): Promise<void> {
    const all = await this.db.inSystem((tx) => new InstrumentRepository(tx).all());
    this.byKey = new Map(all.map((i) => [`${i.symbol}.${i.venue}`, i]));
  }
}
