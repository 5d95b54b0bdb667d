import { Inject, Injectable } from '@nestjs/common';
import type { TenantId } from '#domain';
import { Database, DatabaseUnavailableError, type Tx } from '#persistence';

/** A client that waits longer than this has better been told to come back. */
const ANSWER_WITHIN_MS = 2_000;

/** Transactions on behalf of a request: given up, and rolled back, when the database takes too long. */
@Injectable()
export class RequestDatabase {
  constructor(@Inject(Database) private readonly db: Database) {}

  /** @throws DatabaseUnavailableError also when time is up; what had not been committed by then never will be */
  inTenant<T>(tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
    return inTime(work, (timed) => this.db.inTenant(tenantId, timed));
  }

  /** @throws DatabaseUnavailableError as `inTenant` */
  inSystem<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return inTime(work, (timed) => this.db.inSystem(timed));
  }

  /** @throws DatabaseUnavailableError as `inTenant` */
  withTokenHash<T>(tokenHashHex: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return inTime(work, (timed) => this.db.withTokenHash(tokenHashHex, timed));
  }
}

type Work<T> = (tx: Tx) => Promise<T>;

async function inTime<T>(work: Work<T>, run: (timed: Work<T>) => Promise<T>): Promise<T> {
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new DatabaseUnavailableError(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`)));
    }, ANSWER_WITHIN_MS);
  });
  const running = run(async (tx) => {
    const result = await work(tx);
    // The client has been told that it did not happen, so it must not.
    if (isLate) throw new Error('too late to commit');
    return result;
  });
  running.catch(() => undefined);
  try {
    return await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
  }
}
