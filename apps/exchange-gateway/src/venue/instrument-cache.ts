import type { Instrument } from '#domain';
import { InstrumentRepository, RepeatingTask, type Database, type Tx } from '#persistence';

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

  /**
   * What is not in memory yet is read in `tx`: an instrument may have been listed, or this process have started, a
   * moment ago.
   */
  async find(tx: Tx, venue: string, symbol: string): Promise<Instrument | undefined> {
    const key = `${symbol}.${venue}`;
    if (!this.byKey.has(key)) await this.read(tx);
    return this.byKey.get(key);
  }

  /** The spot market of an asset in a quote; that of `venue` before those of others. */
  spotOf(base: string, quote: string, venue: string): Instrument | undefined {
    const found = [...this.byKey.values()].filter(
      (one) => one.marketType === 'spot' && one.base === base && one.quote === quote,
    );
    const place = (one: Instrument): string => `${one.venue === venue ? 0 : 1} ${one.venue} ${one.symbol}`;
    return found.sort((a, b) => (place(a) < place(b) ? -1 : 1))[0];
  }

  /** True when the venue lists instruments and trades none of them; false also while none is known. */
  isVenueHalted(venue: string): boolean {
    const listed = [...this.byKey.values()].filter((instrument) => instrument.venue === venue);
    return listed.length > 0 && listed.every(({ status }) => status === 'halted');
  }

  refresh(): Promise<void> {
    return this.db.inSystem((tx) => this.read(tx));
  }

  private async read(tx: Tx): Promise<void> {
    const all = await new InstrumentRepository(tx).all();
    this.byKey = new Map(all.map((i) => [`${i.symbol}.${i.venue}`, i]));
  }
}
