import type { AccountId } from '#domain';
import pLimit, { type LimitFunction } from 'p-limit';

/** Of one account, at work and waiting: one that is slow must not take the workers of all others. */
const IN_LINE = 4;

interface Line {
  readonly limit: LimitFunction;
  length: number;
}

/**
 * Work of one account that is done piece by piece; accounts do not wait for one another. Whatever claims and then sends at
 * a venue where calls leave one after another takes its turn here: else it would wait with a claim that ages.
 */
export class AccountTurns {
  private readonly lines = new Map<AccountId, Line>();

  /** Begins the work when all before it has ended, and settles as it does; null at once where too many wait. */
  take<T>(accountId: AccountId, work: () => Promise<T>): Promise<T> | null {
    const line = this.lines.get(accountId) ?? { limit: pLimit(1), length: 0 };
    if (line.length >= IN_LINE) return null;
    this.lines.set(accountId, line);
    line.length += 1;
    return line.limit(work).finally(() => {
      line.length -= 1;
      if (line.length === 0) this.lines.delete(accountId);
    });
  }
}
