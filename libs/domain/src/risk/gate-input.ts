import type { ChildTimeInForce } from '../execution/contract.js';
import type { Instrument, Side } from '../instrument/instrument.js';
import type { Decimal, Price, Quantity } from '../numeric/decimal.js';
import type { ParentOrderStatus, Sizing } from '../parent-order/parent-order.js';
import type { EpochMs } from '../time/clock.js';
import type { GateReference } from './gate-reference.js';
import type { RiskLimits } from './risk-limits.js';
import type { TradingState } from './trading-state.js';

export interface GateParent {
  readonly status: ParentOrderStatus;
  /** Null for a parent without a side of its own (`strategy`). */
  readonly side: Side | null;
  readonly symbol: string;
  readonly accountIds: readonly string[];
  readonly sizing: Sizing;
  /** In the target token; null for a parent without a quantity (`strategy`). */
  readonly orderQty: Decimal | null;
  readonly limitPrice: Price | null;
  /** Nothing may be sent from this instant on; null for orders without an end. */
  readonly endsAt: EpochMs | null;
}

export interface GateChild {
  readonly sequence: number;
  readonly accountId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly timeInForce: ChildTimeInForce;
  readonly price: Price;
  readonly orderQty: Quantity;
  readonly schemaVersion: number;
  readonly decidedAt: EpochMs;
  /** It can only shrink a position: flagged so at the venue, or a spot sell. */
  readonly isReducing: boolean;
}

/** One of the parent's other children, as far as it may still count against the parent's quantity. */
export interface GateSibling {
  readonly sequence: number;
  readonly open: boolean;
  readonly price: Price;
  readonly orderQty: Quantity;
  readonly cumQty: Quantity;
  readonly cumNotional: Decimal;
}

/** What the account has under way, this child not counted. */
export interface GateUsage {
  /** RC-05: messages of the account in the last second. */
  readonly messages: number;
  /** RC-08: positions and open orders, in the reporting currency; null when a price to convert with is missing. */
  readonly accountExposure: Decimal | null;
  readonly tenantExposure: Decimal | null;
  /** Units of the reporting currency per unit of the quote asset; null when not known. */
  readonly quoteRate: Decimal | null;
}

/** Everything the gate looks at; read under the claim's lock but for the reference, which brings its age. */
export interface GateInput {
  readonly parent: GateParent | null;
  readonly child: GateChild;
  readonly siblings: readonly GateSibling[];
  readonly instrument: Instrument | null;
  readonly limits: RiskLimits;
  readonly state: TradingState;
  readonly reference: GateReference | null;
  readonly usage: GateUsage;
  readonly now: EpochMs;
}
