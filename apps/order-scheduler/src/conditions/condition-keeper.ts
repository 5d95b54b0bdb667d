import { setImmediate } from 'node:timers/promises';
import { parseCondition, type MarketSnapshot, type TenantId, type VenueId } from '#domain';
import type { Logger } from '#observability';
import {
  ChannelListener,
  heldConditions,
  OrderConditionRepository,
  RelayLease,
  RepeatingTask,
  type ConditionChange,
  type Database,
  type DatabaseClock,
  type HeldCondition,
  type HeldEntry,
} from '#persistence';
import type { MarketData } from '../market/scheduler-market.js';
import type { SchedulerMetrics } from '../scheduler-metrics.js';
import { evaluateHeld, hasExpired, isDue, PricesNow } from './evaluate-held.js';
import { HeldBook, type Held } from './held-book.js';
import { inTurns } from './in-turns.js';
import { Settlements } from './settlements.js';

/** Updates of a market within this time count as one. */
const TICK_MS = 100;
/** What a lost notification costs at most. */
const COMPARE_MS = 1_000;
/** Notifications within this time count as one. */
const GATHER_MS = 25;

/** A third of a core at most; what is not evaluated then is first in the next tick. */
const TURNS = { sliceMs: 5, budgetMs: 30 };

export interface ConditionKeeperParts {
  readonly db: Database;
  /** The same server, for a connection of its own that listens. */
  readonly url: string;
  readonly clock: DatabaseClock;
  readonly market: MarketData;
  readonly metrics: Pick<SchedulerMetrics, 'conditionsHeld' | 'conditionEvaluations'>;
  readonly logger: Logger;
}

/**
 * Evaluates every condition that holds an order (order-api.md 6): in memory, in one process at a time, on what Postgres
 * says. Written is only what changed: variables, and the end of the waiting. Whoever takes over goes on from there; two
 * at once harm nothing, for each change names the variables it began with.
 */
export class ConditionKeeper {
  private readonly book = new HeldBook();
  private readonly news = new Set<string>();
  private readonly lease: RelayLease;
  private readonly listener: ChannelListener;
  private readonly comparing: RepeatingTask;
  private readonly ticking: RepeatingTask;
  private readonly settlements: Settlements;
  private gathering: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ConditionKeeperParts) {
    const { db, url, logger } = parts;
    const onError = (error: unknown): void => logger.warn({ err: error }, 'conditions not looked at');
    this.lease = new RelayLease(db, () => this.comparing.nudge(), onError, 'conditions');
    this.listener = new ChannelListener({ url, channel: 'tranche_conditions', onNotify: () => this.gather() });
    this.comparing = new RepeatingTask(() => this.compare(), COMPARE_MS, onError);
    this.ticking = new RepeatingTask(() => this.tick(), TICK_MS, onError);
    this.settlements = new Settlements(logger);
  }

  start(): void {
    this.lease.start();
    this.listener.start();
    this.comparing.start();
    this.ticking.start();
  }

  /** Waits for what is under way; another process goes on at once. */
  async stop(): Promise<void> {
    clearTimeout(this.gathering);
    await Promise.all([this.listener.stop(), this.comparing.stop(), this.ticking.stop()]);
    await this.settlements.idle();
    await this.save().catch(() => undefined); // evaluated anew by the next one
    await this.lease.stop();
  }

  /** A market has changed. */
  onMarket({ venue, symbol }: Pick<MarketSnapshot, 'venue' | 'symbol'>): void {
    if (this.book.size > 0) this.news.add(nameOf({ venue, symbol }));
  }

  private gather(): void {
    if (!this.lease.isOurs) return;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.comparing.nudge();
    }, GATHER_MS);
  }

  /** Makes the book what the index of held conditions says. */
  private async compare(): Promise<void> {
    const { db, metrics } = this.parts;
    if (!this.lease.isOurs) this.book.clear();
    else {
      const changed = this.book.compare(await heldConditions(db));
      for (const [tenantId, group] of byTenant(changed)) await this.read(tenantId, group);
    }
    metrics.conditionsHeld.set(this.book.size);
  }

  private async read(tenantId: TenantId, entries: readonly HeldEntry[]): Promise<void> {
    const ids = entries.map((entry) => entry.orderId);
    const found = await this.parts.db.inTenant(tenantId, (tx) => new OrderConditionRepository(tx, tenantId).read(ids));
    const byId = new Map(found.map((one) => [one.orderId, one]));
    for (const entry of entries) {
      const one = byId.get(entry.orderId);
      if (one !== undefined) this.book.put(entry, entry.isPaused ? null : this.heldOf(entry, one));
    }
  }

  private heldOf(entry: HeldEntry, one: HeldCondition): Held | null {
    const condition = parseCondition(one.text);
    if (!condition.ok) {
      this.parts.logger.error(
        { parentOrderId: entry.orderId, fault: condition.error },
        'stored condition cannot be read',
      );
      return null;
    }
    const { vars, missing, toldAt, startAt, expiresAt, qty } = one;
    return {
      ...{ orderId: entry.orderId, tenantId: entry.tenantId, condition: condition.value, startAt, expiresAt, qty },
      instruments: one.prices.map(nameOf),
      saved: { vars, missing },
      state: { vars, missing, toldAt },
      lookingSince: performance.now(),
      evaluatedAt: -Infinity,
      hasNews: true,
      isSettling: false,
    };
  }

  private async tick(): Promise<void> {
    if (!this.lease.isOurs) return;
    const prices = new PricesNow((instrument) => this.snapshot(instrument), this.parts.clock.now());
    for (const instrument of this.news) for (const held of this.book.on(instrument)) held.hasNews = true;
    this.news.clear();
    const monotonicMs = performance.now();
    const due: Held[] = [];
    for (const held of this.book.all()) {
      if (!held.isSettling && hasExpired(held, prices.now)) this.settle(held, (orders) => orders.expire(held.orderId));
      else if (isDue(held, prices.now, monotonicMs)) due.push(held);
    }
    await inTurns(due, TURNS, {
      // Between two turns it may have been read again.
      evaluate: (held) => {
        if (this.book.get(held.orderId) === held) this.evaluate(held, prices);
      },
      monotonicMs: () => performance.now(),
      pause: setImmediate,
    });
    await this.save();
  }

  private evaluate(held: Held, prices: PricesNow): void {
    const { orderId } = held;
    const { now } = prices;
    const { action, text } = evaluateHeld(held, prices, performance.now());
    this.parts.metrics.conditionEvaluations.inc();
    switch (action) {
      case 'wait':
        return;
      case 'release':
        return this.settle(held, (orders) => orders.release(changeOf(held)));
      case 'fail':
        return this.settle(held, (orders) => orders.fail(orderId, now, text));
      case 'tell':
        held.state = { ...held.state, toldAt: now };
        return this.settle(held, (orders) => orders.tell(orderId, now, text));
    }
  }

  /** Writes something of its own about a condition, which is then read again: the index says what became of it. */
  private settle(held: Held, write: (orders: OrderConditionRepository) => Promise<boolean>): void {
    const { orderId, tenantId } = held;
    held.isSettling = true;
    this.settlements.add(
      () => this.parts.db.inTenant(tenantId, (tx) => write(new OrderConditionRepository(tx, tenantId))),
      (isWritten) => {
        if (isWritten && hasExpired(held, this.parts.clock.now())) return; // it is woken; its end takes it off the index
        if (this.book.get(orderId) === held) this.book.drop(orderId);
        this.gather();
      },
    );
  }

  /** Variables that changed, one transaction per tenant. Whoever was overtaken is read again. */
  private async save(): Promise<void> {
    const changed = [...this.book.all()].filter((held) => !held.isSettling && isUnsaved(held));
    for (const [tenantId, group] of byTenant(changed)) {
      const changes = group.map(changeOf);
      const saved = await this.parts.db.inTenant(tenantId, (tx) =>
        new OrderConditionRepository(tx, tenantId).save(changes),
      );
      group.forEach((held, i) => {
        const change = changes[i];
        if (change !== undefined && saved.has(held.orderId)) held.saved = change;
        else if (this.book.get(held.orderId) === held) this.book.drop(held.orderId);
      });
    }
  }

  private snapshot(instrument: string): MarketSnapshot | null {
    const [venue = '', symbol = ''] = instrument.split(' ');
    return this.parts.market.get(venue as VenueId, symbol);
  }
}

function changeOf({ orderId, saved, state }: Held): ConditionChange {
  return { orderId, before: saved.vars, vars: state.vars, missing: state.missing };
}

function isUnsaved({ saved, state }: Held): boolean {
  return saved.vars !== state.vars || saved.missing !== state.missing;
}

/** Venues' names hold no space. */
function nameOf({ venue, symbol }: { readonly venue: string; readonly symbol: string }): string {
  return `${venue} ${symbol}`;
}

function byTenant<T extends { readonly tenantId: TenantId }>(all: readonly T[]): Map<TenantId, T[]> {
  const groups = new Map<TenantId, T[]>();
  for (const one of all) {
    const group = groups.get(one.tenantId);
    if (group === undefined) groups.set(one.tenantId, [one]);
    else group.push(one);
  }
  return groups;
}
