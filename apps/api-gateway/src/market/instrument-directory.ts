import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Instrument } from '#domain';
import { InstrumentRepository } from '#persistence';
import { RequestDatabase } from '../http/request-database.js';

const FRESH_FOR_MS = 3_000;

/** Instruments of all venues, at most a few seconds behind the table. */
@Injectable()
export class InstrumentDirectory implements OnModuleDestroy {
  private known: readonly Instrument[] = [];
  private freshUntil = 0;
  private loading: Promise<void> | undefined;

  constructor(@Inject(RequestDatabase) private readonly db: RequestDatabase) {}

  /** The first call, and any while nothing is known, waits for the table; later ones get what is there and refresh it. */
  async all(): Promise<readonly Instrument[]> {
    if (performance.now() >= this.freshUntil) {
      this.loading ??= this.load().finally(() => (this.loading = undefined));
      if (this.known.length === 0) await this.loading;
      else this.loading.catch(() => undefined); // the next request tries again
    }
    return this.known;
  }

  async onModuleDestroy(): Promise<void> {
    await this.loading?.catch(() => undefined);
  }

  private async load(): Promise<void> {
    this.known = await this.db.inSystem((tx) => new InstrumentRepository(tx).all());
    this.freshUntil = performance.now() + (this.known.length === 0 ? 0 : FRESH_FOR_MS);
  }
}
