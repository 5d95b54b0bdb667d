import type { Side } from '../../matching/book.js';
import type { SelfTradeMode } from '../../matching/match.js';

export type PositionSide = 'BOTH' | 'LONG' | 'SHORT';
export type FuturesOrderType = 'LIMIT' | 'MARKET';
export type FuturesTimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTX' | 'GTD';
export type FuturesClosedStatus = 'CANCELED' | 'EXPIRED' | 'EXPIRED_IN_MATCH';
export type FuturesOrderStatus = 'NEW' | 'PARTIALLY_FILLED' | 'FILLED' | FuturesClosedStatus;

/**
 * The facts of the USD-M product. Wallets, positions and orders are the fold of these records and nothing else, as on
 * spot. Amounts and prices are decimal digits of 10^-8 units; a signed amount may begin with `-`.
 */
export type FuturesRecord =
  /** Money that came into the wallet from outside, or left it (negative). */
  | { readonly k: 'usdm.transfer'; readonly account: number; readonly units: string; readonly at: number }
  /** Hedge mode (`dual`) or one-way mode. */
  | { readonly k: 'usdm.mode'; readonly account: number; readonly dual: boolean; readonly at: number }
  | {
      readonly k: 'usdm.marginType';
      readonly account: number;
      readonly symbol: string;
      readonly isolated: boolean;
      readonly at: number;
    }
  | {
      readonly k: 'usdm.leverage';
      readonly account: number;
      readonly symbol: string;
      readonly leverage: number;
      readonly at: number;
    }
  /** Margin put into an isolated position, or taken out of it (negative). */
  | {
      readonly k: 'usdm.positionMargin';
      readonly account: number;
      readonly symbol: string;
      readonly positionSide: PositionSide;
      readonly units: string;
      readonly at: number;
    }
  | {
      readonly k: 'usdm.order';
      readonly id: number;
      readonly account: number;
      readonly symbol: string;
      readonly cid: string;
      readonly side: Side;
      readonly positionSide: PositionSide;
      readonly type: FuturesOrderType;
      readonly tif: FuturesTimeInForce;
      /** 0 for MARKET. */
      readonly ticks: number;
      readonly lots: number;
      readonly reduceOnly: boolean;
      /** When a GTD order ends, ms since 1970; 0 for all others. */
      readonly goodTill: number;
      readonly stp: SelfTradeMode;
      /** The exchange closes a position; no customer sent this. */
      readonly liquidation: boolean;
      readonly at: number;
      /** SHA-256 of the request as received: query string, then body. */
      readonly hash: string;
    }
  | {
      readonly k: 'usdm.fill';
      readonly order: number;
      readonly trade: number;
      readonly ticks: number;
      readonly lots: number;
      readonly maker: boolean;
      /** Commission, or the liquidation fee when the order is a liquidation. */
      readonly fee: string;
      readonly at: number;
      /** Beyond the quantity of the order, which was complete already. */
      readonly over?: true;
    }
  /** The exchange took a trade back: the opposite trade at its price, with the fee returned. */
  | { readonly k: 'usdm.bust'; readonly order: number; readonly trade: number; readonly at: number }
  | {
      readonly k: 'usdm.close';
      readonly order: number;
      readonly status: FuturesClosedStatus;
      readonly at: number;
    }
  /** The customer changed price and quantity. */
  | {
      readonly k: 'usdm.amend';
      readonly order: number;
      readonly id: number;
      readonly ticks: number;
      readonly lots: number;
      readonly at: number;
    }
  /** A resting order that only reduces was cut, because its position shrank below it. */
  | { readonly k: 'usdm.trim'; readonly order: number; readonly lots: number; readonly at: number }
  /** Every open position of the symbol pays or receives position x mark x rate. */
  | {
      readonly k: 'usdm.funding';
      readonly symbol: string;
      readonly rate: string;
      readonly mark: string;
      readonly at: number;
    }
  /** Last known mark price; `scripted` while control holds it. */
  | {
      readonly k: 'usdm.mark';
      readonly symbol: string;
      readonly price: string;
      readonly scripted: boolean;
      readonly at: number;
    }
  /** All open orders of the symbol are cancelled then, unless told otherwise before; 0: never. */
  | {
      readonly k: 'usdm.countdown';
      readonly account: number;
      readonly symbol: string;
      readonly cancelAt: number;
      readonly at: number;
    }
  /** Numbers up to these are used up, though no other fact here says so. */
  | { readonly k: 'usdm.marks'; readonly order: number; readonly amendment: number }
  /** Ids below these are used up; written ahead in blocks, so that a restart never hands one out twice. */
  | {
      readonly k: 'usdm.ids';
      readonly symbol: string;
      readonly trade: number;
      readonly update: number;
      /** Of recorded trades. */
      readonly recorded?: number;
    };

export type FuturesRecordOf<K extends FuturesRecord['k']> = Extract<FuturesRecord, { k: K }>;
