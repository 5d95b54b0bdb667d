import type { Clock, EpochMs, ParentOrderId, TenantId } from '#domain';
import { giveUpOrder, postgresCode, type Database } from '#persistence';
import type { Logger } from '#observability';
import { lockGroup } from '../groups/order-group.js';
import { settleGroup } from '../groups/settle-group.js';
import type { Whereabouts } from './order-whereabouts.js';

/** Wake-ups of one order that must fail in a row, and the time they must span, before it is given up. */
const PATIENCE = { times: 20, overMs: 60_000 };
/** Failing orders that are remembered; the one that failed first is forgotten first. */
const MOST_FAILING = 10_000;
/** Data exceptions and violated constraints: the statement is wrong, and will be the next time. */
const WRONG_STATEMENT = /^(22|23)...$/;

interface Streak {
  readonly since: EpochMs;
  times: number;
}

export interface WokenOrder {
  readonly tenantId: TenantId;
  readonly id: ParentOrderId;
  readonly ahead: Whereabouts;
}

/** A failure that trying again does not mend: of our code or of a stored row, not of the database or the way to it. */
export function isOurFault(error: unknown): boolean {
  const code = postgresCode(error);
  return code === undefined || code.startsWith('ERR_') || WRONG_STATEMENT.test(code);
}

/**
 * Ends orders that cannot be worked: one whose wake-up throws each time is driven again for ever, and what rests of it
 * at the venues is looked after by nobody. After {@link PATIENCE} its children are cancelled and it fails with
 * `internal_error` (order-api.md 5.5).
 */
export class FailingOrders {
  private readonly streaks = new Map<ParentOrderId, Streak>();

  constructor(
    private readonly db: Pick<Database, 'inTenant'>,
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'error'>,
    private readonly onGivenUp: (order: WokenOrder) => void,
  ) {}

  /** Runs one wake-up. @throws what it throws */
  async watch<T>(order: WokenOrder, wake: () => Promise<T>): Promise<T> {
    try {
      const result = await wake();
      this.streaks.delete(order.id);
      return result;
    } catch (error) {
      if (isOurFault(error)) await this.count(order, error);
      throw error;
    }
  }

  private async count(order: WokenOrder, error: unknown): Promise<void> {
    const now = this.clock.now();
    const streak = this.streaks.get(order.id) ?? { since: now, times: 0 };
    streak.times += 1;
    this.streaks.set(order.id, streak);
    const oldest = this.streaks.size > MOST_FAILING ? this.streaks.keys().next() : null;
    if (oldest?.done === false) this.streaks.delete(oldest.value);
    if (streak.times < PATIENCE.times || now - streak.since < PATIENCE.overMs) return;
    const { id: parentOrderId } = order;
    try {
      await this.giveUp(order, streak, error);
    } catch (err) {
      this.logger.error(
        { err, parentOrderId },
        'order that cannot be worked not ended: tried again when it fails next',
      );
    }
  }

  private async giveUp(order: WokenOrder, { since, times }: Streak, error: unknown): Promise<void> {
    const { tenantId, id, ahead } = order;
    const text = `Internal error: the order could not be worked ${times} times running and was ended`;
    const given = await this.db.inTenant(tenantId, async (tx) => {
      await lockGroup(tx, tenantId, ahead);
      return giveUpOrder(tx, tenantId, id, since, text);
    });
    this.streaks.delete(id);
    if (given === 'handled') return;
    this.onGivenUp(order);
    this.logger.error({ err: error, parentOrderId: id, since, times, given }, 'order given up: it cannot be worked');
    // On its own: the order ends, whatever is wrong with its group.
    await this.db.inTenant(tenantId, async (tx) => settleGroup(tx, tenantId, await lockGroup(tx, tenantId, ahead)));
  }
}
