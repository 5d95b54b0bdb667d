import {
  addQuantity,
  applyEvent,
  inferFill,
  replaceInferred,
  subtractQuantity,
  type Fill,
  type FillAnomaly,
  type Quantity,
  type Replacement,
} from '#domain';
import {
  BustedFillRepository,
  ChildOrderRepository,
  FillRepository,
  type BookedFill,
  type DatabaseClock,
  type Inference,
  type StoredChildOrder,
  type Tx,
} from '#persistence';
import type { Logger } from '#observability';
import type { OrderView } from '#venues';
import type { GatewayMetrics } from '../gateway-metrics.js';
import type { InstrumentCache } from '../venue/instrument-cache.js';
import type { FeeWorth } from './fee-worth.js';

/** The labels of `tranche_fill_anomalies_total` (reliability.md 7.1). */
const ANOMALY_KIND: Readonly<Record<FillAnomaly, 'over' | 'late'>> = { overfill: 'over', fill_after_close: 'late' };

/** How long what a venue counts may lack its trades before a fill is inferred (venues.md A7). */
export const INFER_AFTER_MS = 30_000;

/** Books fills, each once: those that venues tell, and those that must have been. The parent's row is locked by the caller. */
export class FillBooker {
  constructor(
    private readonly clock: DatabaseClock,
    private readonly instruments: InstrumentCache,
    private readonly fees: FeeWorth,
    private readonly metrics: Pick<GatewayMetrics, 'fills' | 'fillAnomalies'>,
    private readonly logger: Logger,
    /** How long what a venue counts and what it tells trades of may differ before a fill is inferred; ms. */
    private readonly inferAfterMs = INFER_AFTER_MS,
  ) {}

  /** Books what is not booked yet, and counts again what was taken back. A real fill takes the place of inferred ones first. */
  async book(tx: Tx, child: StoredChildOrder, fills: readonly Fill[]): Promise<StoredChildOrder> {
    const repository = new FillRepository(tx, child.tenantId);
    const known: Fill[] = [];
    let current = child;
    for (const fill of fills) {
      const isNew = await repository.takeKey(child.accountId, child.symbol, fill, child.parentOrderId);
      if (!isNew) {
        known.push(fill);
        continue;
      }
      const { replaced, adds } = await this.againstInferred(tx, current, fill.lastQty);
      current = await this.write(tx, current, fill, adds, { isInferred: false, replaced });
    }
    const busted = new BustedFillRepository(tx, child.tenantId);
    for (const fill of await busted.bustedAmong(child.accountId, child.symbol, known))
      if (fill.parentOrderId === child.parentOrderId && fill.sequence === child.sequence)
        current = await this.putBack(tx, current, fill);
    return current;
  }

  /**
   * What to do about an order of which the venue counts more than we have booked: nothing for a while, as the trades are
   * asked for meanwhile; then the fill that must have been is booked in their place.
   */
  async inferMissing(tx: Tx, child: StoredChildOrder, view: OrderView): Promise<StoredChildOrder> {
    const repository = new ChildOrderRepository(tx, child.tenantId);
    const isMissing = view.cumQty.gt(child.order.cumQty);
    if (!isMissing && child.fillsMissingSince === null) return child;
    const since = await repository.noteMissingFills(child, isMissing);
    if (since === null || this.clock.now() - since < this.inferAfterMs) return child;
    const [booked, instrument] = await Promise.all([
      repository.booked(child),
      this.instruments.find(tx, child.venue, child.symbol),
    ]);
    const fill = inferFill({
      venueOrderId: view.venueOrderId,
      cumQty: view.cumQty,
      avgPx: view.avgPx ?? null,
      bookedQty: booked.qty,
      bookedNotional: booked.notional,
      limitPx: child.price,
      quote: instrument?.quote ?? '',
      role: child.timeInForce === 'gtx' ? 'maker' : 'taker',
      at: view.updatedAt,
    });
    if (fill === null) return child;
    const fills = new FillRepository(tx, child.tenantId);
    if (!(await fills.takeKey(child.accountId, child.symbol, fill, child.parentOrderId))) return child;
    this.logger.error(
      { clientOrderId: child.order.clientOrderId, lastQty: fill.lastQty.toFixed(), tradeId: fill.tradeId },
      'the venue counts more than it tells trades of: fill inferred',
    );
    this.metrics.fillAnomalies.inc({ venue: child.venue, kind: 'inferred' });
    const next = await this.write(tx, child, fill, fill.lastQty, { isInferred: true, replaced: [] });
    await repository.noteMissingFills(next, false);
    return { ...next, fillsMissingSince: null };
  }

  /** A trade that the venue took back: it leaves the sums. @returns whether it was in them */
  async takeBack(tx: Tx, child: StoredChildOrder, fill: BookedFill): Promise<boolean> {
    const moved = applyEvent(child.order, { type: 'busted', lastQty: fill.lastQty });
    if (moved.kind !== 'applied') return false;
    if (!(await new BustedFillRepository(tx, child.tenantId).bust(child, moved.order, fill))) return false;
    this.metrics.fillAnomalies.inc({ venue: child.venue, kind: 'busted' });
    this.logger.error(
      { clientOrderId: child.order.clientOrderId, tradeId: fill.tradeId },
      'the venue took a trade back',
    );
    return true;
  }

  /** One that it tells again after all. @returns whether it was out of the sums */
  async reinstate(tx: Tx, child: StoredChildOrder, fill: BookedFill): Promise<boolean> {
    return (await this.putBack(tx, child, fill)) !== child;
  }

  /** What was inferred meanwhile may be this very trade: only what goes beyond it is counted (ADR 28). */
  private async putBack(tx: Tx, child: StoredChildOrder, fill: BookedFill): Promise<StoredChildOrder> {
    const { replaced, adds } = await this.againstInferred(tx, child, fill.lastQty);
    const moved = applyEvent(child.order, { type: 'reinstated', lastQty: adds });
    if (moved.kind !== 'applied') return child;
    const busted = new BustedFillRepository(tx, child.tenantId);
    if (!(await busted.reinstate(child, moved.order, fill, replaced))) return child;
    this.logger.warn({ clientOrderId: child.order.clientOrderId, tradeId: fill.tradeId }, 'the trade stands after all');
    return { ...child, order: moved.order, inferredQty: without(child.inferredQty, replaced) };
  }

  private async againstInferred(
    tx: Tx,
    child: StoredChildOrder,
    lastQty: Quantity,
  ): Promise<ReturnType<typeof replaceInferred>> {
    const outstanding = child.inferredQty.isZero() ? [] : await new FillRepository(tx, child.tenantId).inferred(child);
    return replaceInferred(outstanding, lastQty);
  }

  /** @param adds what of the fill was not counted before; the rest only changes what is known of it */
  private async write(
    tx: Tx,
    child: StoredChildOrder,
    fill: Fill,
    adds: Fill['lastQty'],
    inference: Inference,
  ): Promise<StoredChildOrder> {
    const moved = adds.isZero()
      ? ({ kind: 'applied', order: child.order } as const)
      : applyEvent(child.order, { type: 'filled', fill: { ...fill, lastQty: adds }, alreadyBooked: false });
    if (moved.kind !== 'applied') return child;
    const anomaly = 'anomaly' in moved ? moved.anomaly : undefined;
    await new FillRepository(tx, child.tenantId).book(
      child,
      moved.order,
      fill,
      await this.fees.inQuote(tx, child, fill),
      anomaly,
      inference,
    );
    await new ChildOrderRepository(tx, child.tenantId).save(child, moved.order);
    this.metrics.fills.inc({ venue: child.venue });
    if (anomaly !== undefined) {
      this.metrics.fillAnomalies.inc({ venue: child.venue, kind: ANOMALY_KIND[anomaly] });
      this.logger.error(
        { clientOrderId: child.order.clientOrderId, tradeId: fill.tradeId, anomaly },
        'fill booked out of order',
      );
    }
    const left = without(child.inferredQty, inference.replaced);
    const inferredQty = inference.isInferred ? addQuantity(left, fill.lastQty) : left;
    return { ...child, order: moved.order, inferredQty };
  }
}

function without(inferredQty: Quantity, replaced: readonly Replacement[]): Quantity {
  return replaced.reduce((left, { qty }) => subtractQuantity(left, qty), inferredQty);
}
