import type { AccountId, TenantId } from '#domain';
import { ChildOrderRepository, RepeatingTask, type Database } from '#persistence';
import type { Logger } from '#observability';
import type { VenueTraits } from '#venues';
import type { BudgetedSession } from '../venue/budgeted-session.js';

/** How soon a timer is set after the first order that it is for, and set again after it could not be. */
const EVERY_MS = 1_000;
/** How long after an order's end the call of the round before it may have set a timer: its budget and its reply take time. */
const CALL_MS = 15_000;
/** Name of the one timer of an account; no symbol is empty. */
const WHOLE_ACCOUNT = '';

export interface DeadManParts {
  readonly accountId: AccountId;
  readonly timer: NonNullable<VenueTraits['deadMan']>;
  /** Null while there is none to call with. */
  readonly session: () => Promise<Pick<BudgetedSession, 'setDeadMan'> | null>;
  /** Symbols in which the account has open orders of ours. */
  readonly symbols: () => Promise<ReadonlySet<string>>;
  /** Symbols in which it has, or within this time had, any. */
  readonly symbolsWithin: (ms: number) => Promise<Iterable<string>>;
  readonly logger: Logger;
}

/** Reads the symbols of an account's open children. */
export async function openSymbols(
  db: Database,
  tenantId: TenantId,
  accountId: AccountId,
): Promise<ReadonlySet<string>> {
  return new Set(await db.inTenant(tenantId, (tx) => new ChildOrderRepository(tx, tenantId).openSymbols(accountId)));
}

/**
 * Keeps the venue's timer from running out that cancels all orders of an account, while this process holds the account and
 * has orders there: when every gateway is away for longer, the venue ends them. The timer takes foreign orders too, so
 * it is for accounts that asked for it. Where no order of ours is left, it is taken back: also one that whoever held
 * the account before left running.
 */
export class DeadMan {
  private readonly task: RepeatingTask;
  /** When each timer was set last, by the monotonic clock. */
  private readonly setAt = new Map<string, number>();
  /** Timers that may be running, and until when at most. */
  private readonly runsUntil = new Map<string, number>();
  private knowsLeftOver = false;

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
    if (!this.knowsLeftOver) await this.takeOver();
    const open = await this.parts.symbols();
    const needed = timer.scope === 'symbol' ? open : new Set(open.size > 0 ? [WHOLE_ACCOUNT] : []);
    const now = performance.now();
    const due = [...needed].filter((name) => now - (this.setAt.get(name) ?? -Infinity) >= timer.pingEveryMs);
    const idle = [...this.runsUntil].filter(([name, until]) => !needed.has(name) && now < until).map(([name]) => name);
    for (const [name, until] of this.runsUntil) if (!needed.has(name) && now >= until) this.forget(name);
    if (due.length + idle.length === 0) return;
    const session = await this.parts.session();
    if (session === null) return;
    await Promise.all([
      ...due.map(async (name) => {
        try {
          if (await this.set(session, name, timer.timeoutMs)) this.setAt.set(name, now);
        } finally {
          // Whatever was answered, it may have been set.
          this.runsUntil.set(name, performance.now() + timer.timeoutMs);
        }
      }),
      ...idle.map(async (name) => {
        if (await this.set(session, name, 0)) this.forget(name);
      }),
    ]);
  }

  /** What the last holder may have left running is ours to take back: it would cancel while a gateway is there. */
  private async takeOver(): Promise<void> {
    const { timer } = this.parts;
    const lastsMs = timer.timeoutMs + CALL_MS;
    const names = timer.scope === 'account' ? [WHOLE_ACCOUNT] : await this.parts.symbolsWithin(lastsMs);
    for (const name of names) this.runsUntil.set(name, performance.now() + lastsMs);
    this.knowsLeftOver = true;
  }

  private forget(name: string): void {
    this.setAt.delete(name);
    this.runsUntil.delete(name);
  }

  private async set(session: Pick<BudgetedSession, 'setDeadMan'>, name: string, ms: number): Promise<boolean> {
    const sent = await (name === WHOLE_ACCOUNT ? session.setDeadMan(ms) : session.setDeadMan(ms, name));
    if (sent.kind === 'done') return true;
    const { accountId, logger } = this.parts;
    logger.warn({ accountId, symbol: name, ms, outcome: sent.kind, ...sent.why }, 'timer of the venue not set');
    return false;
  }
}
