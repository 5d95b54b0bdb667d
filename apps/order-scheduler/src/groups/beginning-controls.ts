import {
  checkBasket,
  concernOfWholeOrder,
  Dec,
  plannedNotional,
  ZERO,
  type Decimal,
  type Denial,
  type Price,
  type RiskLimits,
} from '#domain';
import { ExecutionOrderRepository, type LegRecord, type LockedMulti, type Tx, type WorkedOrder } from '#persistence';
import type { ReferencePrices } from '#venues';
import type { KnownLimits } from '../market/known-limits.js';
import type { SchedulerMarket } from '../market/scheduler-market.js';

/** A leg of a multi order and the mid that it begins at. */
export interface BeginningLeg {
  readonly leg: LegRecord;
  readonly mid: Price;
}

type Sized = Pick<WorkedOrder, 'sizing' | 'orderQty'>;
type Place = Parameters<SchedulerMarket['instrument']>[0];

/** RC-02 of orders as a whole, once more at the prices of their beginning (reliability.md 5.1, ADR 45). */
export class BeginningControls {
  constructor(
    private readonly limits: Pick<KnownLimits, 'of'>,
    private readonly references: Pick<ReferencePrices, 'rateOf'>,
    private readonly market: Pick<SchedulerMarket, 'instrument'>,
  ) {}

  /** Warns of a member that has waited for its turn: what an order that begins at once is told by its answer. */
  async warn(tx: Tx, order: WorkedOrder, mid: Price): Promise<void> {
    const notional = this.notionalOf(order, order, mid);
    const orders = new ExecutionOrderRepository(tx, order.tenantId);
    const limits: RiskLimits[] = [];
    for (const leg of order.legs) limits.push(await this.limits.of(tx, order.tenantId, leg));
    const concerns = new Set(limits.flatMap((one) => concernOfWholeOrder({ notional }, one) ?? []));
    for (const text of concerns) await orders.message(order.id, 'warning', 'risk_warning', text);
  }

  /** Why the legs may not begin together; null when they may. What no price tells counts nothing: the last gate denies it. */
  async basketDenial(tx: Tx, { tenantId }: LockedMulti, legs: readonly BeginningLeg[]): Promise<Denial | null> {
    let total: Decimal = ZERO;
    const limits: RiskLimits[] = [];
    for (const { leg, mid } of legs) {
      const [first] = leg.places;
      if (first !== undefined) total = total.add(this.notionalOf(leg, first, mid) ?? ZERO);
      for (const place of leg.places) limits.push(await this.limits.of(tx, tenantId, place));
    }
    return checkBasket(total, limits);
  }

  /** In the reporting currency, cut as amounts are when an order is taken in; null where no market tells it. */
  private notionalOf({ sizing, orderQty }: Sized, place: Place, mid: Price): Decimal | null {
    const instrument = this.market.instrument(place);
    const rate = instrument === null ? null : this.references.rateOf(instrument.quote);
    if (rate === null) return null;
    return plannedNotional(sizing, orderQty, mid).toDecimalPlaces(18, Dec.ROUND_DOWN).mul(rate);
  }
}
