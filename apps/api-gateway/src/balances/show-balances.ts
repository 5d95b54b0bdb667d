import { Dec, ZERO, type Decimal } from '#domain';
import type { AccountBalances, VenueAccount } from '#persistence';
import { jsonNumber } from '../http/json-text.js';
import { showTime } from '../orders/show-values.js';

/** Statuses of an account in which its venue answers: by its stream, or by being asked while the stream is down. */
const LIVE_STATUSES: readonly AccountBalances['status'][] = ['trading', 'degraded', 'halted'];
/** Assets that count as the quote currency itself. */
const QUOTE_ASSETS: readonly string[] = ['USDT', 'USDC', 'USD'];

/** Price of one unit of an asset in quote; null while no market has told. */
export type PriceOf = (asset: string) => Decimal | null;

/** One account of `GET /api/balances/` (order-api.md 4.8). Pure. What has no price yet shows a notional of 0. */
export function showBalances(
  account: VenueAccount,
  balances: AccountBalances | undefined,
  priceOf: PriceOf,
): Readonly<Record<string, unknown>> {
  if (balances === undefined || balances.balancesAt === null)
    return { exchange: account.exchange, assets: [], stale_since: null };
  const isLive = balances.isTended && LIVE_STATUSES.includes(balances.status);
  const held = balances.assets
    .map(({ asset, free, locked }) => ({ asset, size: free.add(locked) }))
    .filter(({ size }) => !size.isZero())
    .map((holding) => ({ ...holding, notional: notionalOf(holding.asset, holding.size, priceOf) }));
  const total = held.reduce<Decimal>((sum, { notional }) => sum.add(notional.abs()), ZERO);
  return {
    exchange: account.exchange,
    assets: held.map(({ asset, size, notional }) => ({
      symbol: asset,
      size: jsonNumber(size),
      notional: jsonNumber(notional),
      market_type: 'spot',
      asset_type: 'token',
      unrealized_profit: 0,
      initial_margin: 0,
      maint_margin: 0,
      margin_balance: jsonNumber(size),
      leverage: null,
      notional_pct_total: jsonNumber(total.isZero() ? ZERO : share(notional, total)),
    })),
    ...(isLive ? {} : { stale_since: showTime(balances.balancesAt) }),
  };
}

function notionalOf(asset: string, size: Decimal, priceOf: PriceOf): Decimal {
  if (QUOTE_ASSETS.includes(asset)) return size;
  return size.mul(priceOf(asset) ?? ZERO).toDecimalPlaces(18, Dec.ROUND_DOWN);
}

function share(notional: Decimal, total: Decimal): Decimal {
  return notional.abs().div(total).toDecimalPlaces(6, Dec.ROUND_HALF_EVEN);
}
