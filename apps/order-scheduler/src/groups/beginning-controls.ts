import { concernOfWholeOrder, Dec, plannedNotional, type Decimal, type Price, type RiskLimits } from '#domain';
import { ExecutionOrderRepository, type Tx, type WorkedOrder } from '#persistence';
import type { ReferencePrices } from '#venues';
import type { KnownLimits } from '../market/known-limits.js';
import type { SchedulerMarket } from '../market/scheduler-market.js';

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

  /** In the reporting currency, cut as amounts are when an order is taken in; null where no market tells it. */
  private notionalOf({ sizing, orderQty }: Sized, place: Place, mid: Price): Decimal | null {
    const instrument = this.market.instrument(place);
    const rate = instrument === null ? null : this.references.rateOf(instrument.quote);
    if (rate === null) return null;
    return plannedNotional(sizing, orderQty, mid).toDecimalPlaces(18, Dec.ROUND_DOWN).mul(rate);
  }
}
