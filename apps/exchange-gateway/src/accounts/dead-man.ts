import type { AccountId, TenantId } from '#domain';
import { ChildOrderRepository, RepeatingTask, type Database } from '#persistence';
import type { Logger } from '#observability';
import type { VenueTraits } from '#venues';
import type { BudgetedSession } from '../venue/budgeted-session.js';

/** How soon a timer is set after the first order that it is for, and set again after it could not be. */
const EVERY_MS = 1_000;
/** Name of the one timer of an account; no symbol is empty. */
const WHOLE_ACCOUNT = '';

export interface DeadManParts {
  readonly accountId: AccountId;
  readonly timer: NonNullable<VenueTraits['deadMan']>;
  /** Null while there is none to call with. */
  readonly session: () => Promise<Pick<BudgetedSession, 'setDeadMan'> | null>;
  /** Symbols in which the account has open orders of ours. */
  readonly symbols: () => Promise<ReadonlySet<string>>;
  readonly logger: Logger;
}

/** Reads the symbols of an account's open children. */
export async function openSymbols(
  db: Database,
  tenantId: TenantId,
  accountId: AccountId,
): Promise<ReadonlySet<string>> {
  const open = await db.inTenant(tenantId, (tx) => new ChildOrderRepository(tx, tenantId).openOf(accountId));
  return new Set(open.filter(({ order }) => order.state.status !== 'pending').map(({ symbol }) => symbol));
}

/**
 * Keeps the venue's timer from running out that cancels all orders of an account, while this process holds the account and
 * has orders there: when every gateway is away for longer, the venue ends them. The timer takes foreign orders too, so
 * it is for accounts that asked for it. Where no order of ours is left, it is taken back.
 */
export class DeadMan {
  private readonly task: RepeatingTask;
  /** When each timer was set last, by the monotonic clock. */
  private readonly setAt = new Map<string, number>();

  constructor(private readonly parts: DeadManParts) {
    this.task = new RepeatingTask(
      () => this.keep(),
      EVERY_MS,
      (error) => parts.logger.error({ accountId: parts.accountId, err: error }, 'timer of the venue not kept'),
    );
  }

  start(): this {
    this.task.start();
    return this;
  }

  /** The timers go on running: whoever holds the account next sets them again, or they end the orders. */
  stop(): Promise<void> {
    return this.task.stop();
  }

  /** One round: sets what is due, takes back what is no longer needed. */
  async keep(): Promise<void> {
    const { timer } = this.parts;
    const open = await this.parts.symbols();
    const needed = timer.scope === 'symbol' ? open : new Set(open.size > 0 ? [WHOLE_ACCOUNT] : []);
    const now = performance.now();
    const due = [...needed].filter((name) => now - (this.setAt.get(name) ?? -Infinity) >= timer.pingEveryMs);
    const idle = [...this.setAt.keys()].filter((name) => !needed.has(name));
    if (due.length + idle.length === 0) return;
    const session = await this.parts.session();
    if (session === null) return;
    await Promise.all([
      ...due.map(async (name) => {
        if (await this.set(session, name, timer.timeoutMs)) this.setAt.set(name, now);
      }),
      ...idle.map(async (name) => {
        if (await this.set(session, name, 0)) this.setAt.delete(name);
      }),
    ]);
  }

  private async set(session: Pick<BudgetedSession, 'setDeadMan'>, name: string, ms: number): Promise<boolean> {
    const sent = await (name === WHOLE_ACCOUNT ? session.setDeadMan(ms) : session.setDeadMan(ms, name));
    if (sent.kind === 'done') return true;
    const { accountId, logger } = this.parts;
    logger.warn({ accountId, symbol: name, ms, outcome: sent.kind, ...sent.why }, 'timer of the venue not set');
    return false;
  }
}
