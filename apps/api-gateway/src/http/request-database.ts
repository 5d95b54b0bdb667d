import { AsyncLocalStorage } from 'node:async_hooks';
import { Inject, Injectable } from '@nestjs/common';
import type { TenantId } from '#domain';
import { Database, DatabaseUnavailableError, type Tx } from '#persistence';

/** A client that waits longer than this has better been told to come back. */
const ANSWER_WITHIN_MS = 2_000;

/** One transaction that everything of a request joins; see {@link RequestDatabase.inOneTransaction}. */
interface WholeTransaction {
  readonly tenantId: TenantId;
  readonly tx: Tx;
  /** The part that was begun last: parts follow one another. */
  tail: Promise<unknown>;
}

const whole = new AsyncLocalStorage<WholeTransaction>();

/** Transactions on behalf of a request: given up, and rolled back, when the database takes too long. */
@Injectable()
export class RequestDatabase {
  constructor(@Inject(Database) private readonly db: Database) {}

  /**
   * One transaction, or the next part of the one that the request runs in as a whole: there a failure undoes the part
   * alone, and the commit comes with the whole.
   * @throws DatabaseUnavailableError also when time is up; what had not been committed by then never will be
   */
  inTenant<T>(tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
    const joined = whole.getStore();
    if (joined?.tenantId === tenantId) return inPart(joined, work);
    return inTime(work, (timed) => this.db.inTenant(tenantId, timed));
  }

  /** True while a request runs in one transaction, whose commit is not for its parts to see. */
  isInOneTransaction(): boolean {
    return whole.getStore() !== undefined;
  }

  /** Every `inTenant` that `work` leads to becomes a part of one transaction. @throws DatabaseUnavailableError as `inTenant` */
  inOneTransaction<T>(tenantId: TenantId, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.inTenant(tenantId, (tx) => whole.run({ tenantId, tx, tail: Promise.resolve() }, () => work(tx)));
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

/** Runs the part behind those before it, between savepoints; what it calls joins the part. */
function inPart<T>(joined: WholeTransaction, work: Work<T>): Promise<T> {
  const { tx } = joined;
  const part = joined.tail.then(async () => {
    await tx.query('SAVEPOINT part');
    try {
      const result = await whole.run({ ...joined, tail: Promise.resolve() }, () => work(tx));
      await tx.query('RELEASE SAVEPOINT part');
      return result;
    } catch (error) {
      await tx.query('ROLLBACK TO SAVEPOINT part');
      throw error;
    }
  });
  joined.tail = part.catch(() => undefined);
  return part;
}
