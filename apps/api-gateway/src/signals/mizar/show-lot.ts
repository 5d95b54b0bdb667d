import { ZERO, type EpochMs, type Position, type Price } from '#domain';
import type { LosslessNumber } from 'lossless-json';
import { showNumber } from '../common/show-number.js';
import { showPrice } from './show-price.js';

/** No keys but these: clients of the dialect refuse others (signal-apis.md 2.1). Ids are texts here. */
export interface OpenPosition {
  readonly position_id: string;
  readonly strategy_id: string;
  readonly open_timestamp: number;
  readonly open_price: string;
  readonly base_asset: string;
  readonly quote_asset: string;
  readonly size: LosslessNumber;
  readonly is_long: boolean;
}

export interface ClosedPosition {
  readonly position_id: string;
  readonly strategy_id: string;
  readonly open_timestamp: number;
  readonly close_timestamp: number;
  readonly open_price: string;
  readonly close_price: string;
  readonly base_asset: string;
  readonly quote_asset: string;
  readonly size: LosslessNumber;
  readonly is_long: boolean;
}

/** A lot; opened when its signal was accepted, so that the time stays whatever fills. */
export function showOpenPosition(lot: Position, strategyNumber: number, openPrice: Price): OpenPosition {
  return {
    position_id: String(lot.number),
    strategy_id: String(strategyNumber),
    open_timestamp: lot.createdAt,
    open_price: showPrice(openPrice),
    ...traded(lot),
  };
}

/** @param closedAt when its close was accepted */
export function showClosedPosition(
  lot: Position,
  strategyNumber: number,
  prices: { readonly open: Price; readonly close: Price },
  closedAt: EpochMs,
): ClosedPosition {
  return {
    position_id: String(lot.number),
    strategy_id: String(strategyNumber),
    open_timestamp: lot.createdAt,
    close_timestamp: closedAt,
    open_price: showPrice(prices.open),
    close_price: showPrice(prices.close),
    ...traded(lot),
  };
}

/** The size is the one that was asked for: it stays when the lot is closed. */
function traded({ pair, openItems, side }: Position) {
  const [base = '', quote = ''] = pair.split('-');
  const size = openItems.reduce((sum, { amount }) => sum.add(amount), ZERO);
  return { base_asset: base, quote_asset: quote, size: showNumber(size), is_long: side === 'long' };
}
