import {
  decimal,
  epochMs,
  newLeg,
  notional,
  price,
  quantity,
  stepLeg,
  toDecimalString,
  type AccountId,
  type EpochMs,
  type Instrument,
  type Leg,
  type LegContext,
  type LegEvent,
  type LegId,
  type LegIntent,
  type LegOrder,
  type LegOrderEnd,
  type LegStep,
  type ParentOrderId,
  type PositionId,
  type SubscriptionId,
  type VenueId,
} from '#domain';
import { AT } from './signal-positions.js';

export const SPOT_INSTRUMENT: Instrument = {
  venue: 'sim' as VenueId,
  symbol: 'BTCUSDT',
  pair: 'BTC-USDT',
  marketType: 'spot',
  base: 'BTC',
  quote: 'USDT',
  tick: price('0.01'),
  lot: quantity('0.001'),
  minQty: quantity('0.001'),
  minNotional: notional('5'),
  status: 'trading',
};

export const FLAT_LEG: Leg = newLeg({
  id: 'leg-1' as LegId,
  positionId: 'position-31' as PositionId,
  subscriptionId: 'subscription-1' as SubscriptionId,
  accountId: 'account-1' as AccountId,
  side: 'long',
  createdAt: AT,
});

const cause = (id: string) => ({ id, at: AT });

export const enterEvent = (item: string, qty: string, limit: string | null = null): LegEvent => ({
  ...{ kind: 'enter', item, qty: quantity(qty), expiresAt: null, cause: cause(`enter-${item}`) },
  orderType: limit === null ? 'market' : 'limit',
  limitPrice: limit === null ? null : price(limit),
});
export const exitEvent = (id: string, ratio: string, purpose: 'exit' | 'stop' = 'exit'): LegEvent => ({
  ...{ kind: 'exit', ratio: decimal(ratio), purpose, cause: cause(id) },
});
export const exitAllEvent = (id: string, purpose: 'exit' | 'stop' = 'exit'): LegEvent => ({
  ...{ kind: 'exit_all', purpose, cause: cause(id) },
});

/** A leg whose orders do what a test says, at a price of 100. */
export class LegRun {
  leg: Leg = FLAT_LEG;
  at: EpochMs = AT;
  /** Of the newest step. */
  step: LegStep = { leg: FLAT_LEG, intents: [], wakeAt: null, alert: false };
  readonly asked: LegIntent[] = [];

  constructor(readonly instrument: Instrument = SPOT_INSTRUMENT) {}

  get context(): LegContext {
    return { at: this.at, instrument: this.instrument, price: price('100') };
  }

  take(...events: LegEvent[]): LegStep {
    this.step = stepLeg(this.leg, events, this.context);
    this.leg = this.step.leg;
    this.asked.push(...this.step.intents);
    return this.step;
  }

  /** Tells what the n-th order has filled by now, of all orders from 0 on. */
  report(index: number, filled: string, end: LegOrderEnd | null = null, fees = '0'): LegStep {
    const { id } = this.order(index);
    const qty = quantity(filled);
    const report = { id, filled: qty, notional: notional(qty.mul(100).toFixed()), fees: quantity(fees), end };
    return this.take({ kind: 'report', report });
  }

  /** Fills the n-th order whole. */
  fill(index: number, fees = '0'): LegStep {
    return this.report(index, this.order(index).orderQty.toFixed(), 'filled', fees);
  }

  later(ms: number): this {
    this.at = epochMs(this.at + ms);
    return this;
  }

  order(index: number): LegOrder {
    const order = this.leg.orders[index];
    if (order === undefined) throw new Error(`There must be an order ${index}, were ${this.leg.orders.length}`);
    return order;
  }

  indexOf(id: ParentOrderId): number {
    return this.leg.orders.findIndex((order) => order.id === id);
  }
}

/** `create exit 2`, `cut 7`, `cancel 0`: what a step asks for, orders by their place. */
export function intentsOf(run: LegRun, { intents }: LegStep = run.step): string[] {
  return intents.map((intent) => {
    switch (intent.kind) {
      case 'create':
        return `create ${intent.purpose} ${intent.side} ${toDecimalString(intent.qty)}`;
      case 'cut':
        return `cut ${run.indexOf(intent.id)} to ${toDecimalString(intent.qty)}`;
      case 'cancel':
        return `cancel ${run.indexOf(intent.id)}`;
      case 'move_expiry':
        return `move ${run.indexOf(intent.id)} to ${intent.expiresAt}`;
    }
  });
}
