import {
  numberOrderUpdates,
  OrderUpdateRepository,
  type Database,
  type TokenOwner,
  type UpdateRange,
} from '#persistence';
import type { UpdateSource } from './update-source.js';

/** Reads at the same time; sockets must leave connections of the pool to requests. */
const READERS = 3;

/** Updates as the database keeps them. */
export class StoredUpdates implements UpdateSource {
  private free = READERS;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly db: Database) {}

  async range(owner: TokenOwner): Promise<UpdateRange> {
    await numberOrderUpdates(this.db);
    return this.read(() =>
      this.db.inTenant(owner.tenantId, (tx) => new OrderUpdateRepository(tx, owner.userId).range()),
    );
  }

  after(owner: TokenOwner, seq: number, limit: number): ReturnType<UpdateSource['after']> {
    return this.read(() =>
      this.db.inTenant(owner.tenantId, (tx) => new OrderUpdateRepository(tx, owner.userId).after(seq, limit)),
    );
  }

  private async read<T>(work: () => Promise<T>): Promise<T> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free -= 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free += 1;
      else next();
    }
  }
}
