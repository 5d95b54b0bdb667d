import type { Side } from '../matching/book.js';
import type { SelfTradeMode } from '../matching/match.js';

export type OrderType = 'LIMIT' | 'LIMIT_MAKER' | 'MARKET';
export type TimeInForce = 'GTC' | 'IOC' | 'FOK';
export type ClosedStatus = 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH';
export type OrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | ClosedStatus;

/**
 * The facts of spot trading. The state of accounts and orders is the fold of these records and nothing else: the
 * live path makes a record and applies it, a restart reads the same records from the journal and applies them.
 * Amounts are decimal digits of 10^-8 units.
 */
export type LedgerRecord =
  | {
      readonly k: 'deposit';
      readonly account: number;
      readonly asset: string;
      readonly units: string;
      readonly at: number;
    }
  | {
      readonly k: 'order';
      readonly id: number;
      readonly account: number;
      readonly symbol: string;
      readonly cid: string;
      readonly side: Side;
      readonly type: OrderType;
      readonly tif: TimeInForce;
      readonly ticks: number;
      readonly lots: number;
      /** Lots that an iceberg shows at once; absent for an order that shows everything. */
      readonly iceberg?: number;
      /** `quoteOrderQty` as sent, 0 when the order was sized in base. */
      readonly quote: string;
      readonly stp: SelfTradeMode;
      /** As the client labelled the order. */
      readonly strategyId?: number;
      readonly strategyType?: number;
      readonly lock: string;
      readonly at: number;
      /** SHA-256 of the request as received: query string, then body. */
      readonly hash: string;
    }
  | {
      readonly k: 'fill';
      readonly order: number;
      readonly trade: number;
      readonly ticks: number;
      readonly lots: number;
      readonly maker: boolean;
      readonly fee: string;
      readonly at: number;
      /** Beyond the quantity of the order, which was complete already. */
      readonly over?: true;
    }
  /** The exchange took a trade of the order back: what was paid, received and charged is as if it had not happened. */
  | { readonly k: 'bust'; readonly order: number; readonly trade: number; readonly at: number }
  /** The order is for fewer lots now, under another client id or the same. */
  | {
      readonly k: 'amend';
      readonly order: number;
      readonly lots: number;
      readonly cid: string;
      /** Number of the execution that tells of it. */
      readonly exec: number;
      readonly at: number;
    }
  /** Two orders of one account met and did not trade; what each lost by it, where it lost anything. */
  | {
      readonly k: 'prevented';
      readonly id: number;
      readonly maker: number;
      readonly taker: number;
      readonly stp: SelfTradeMode;
      readonly ticks: number;
      readonly makerLots?: number;
      readonly takerLots?: number;
      readonly at: number;
    }
  | {
      readonly k: 'close';
      readonly order: number;
      readonly status: ClosedStatus;
      readonly at: number;
      /** Client id of the cancel request, when a cancel closed it. */
      readonly cancelId?: string;
    }
  /** Numbers up to these are used up, though no other fact here says so. */
  | {
      readonly k: 'marks';
      readonly order: number;
      readonly execution: number;
      readonly prevented: Readonly<Record<string, number>>;
    }
  /** Ids below these are used up; written ahead in blocks, so that a restart never hands one out twice. */
  | {
      readonly k: 'ids';
      readonly symbol: string;
      readonly trade: number;
      readonly update: number;
      /** Of recorded trades. */
      readonly recorded?: number;
    };
